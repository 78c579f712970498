/** Tells the server to cut the connection. */
export class HangUp extends Error {}
