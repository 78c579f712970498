/** The window through which text is read, in the memory that is shared with JavaScript. */

/** Bytes of text that it holds at most. */
export const windowBytes: i32 = 256 * 1024;

/** How many bytes are looked at together. */
export const blockBytes: i32 = 64;

/** The last block and the last token may be read beyond the end of the text. */
export const window: usize = memory.data(windowBytes + 4 * blockBytes, 16);
