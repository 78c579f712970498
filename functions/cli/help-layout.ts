/** How the help is laid out: as commander does it, by the columns that a terminal needs, and in the help's language. */
import type { Argument, HelpConfiguration, Option } from 'commander';
import { columnsOf, wrap } from '../../shared/render/wrap.ts';
import type { Language } from '../../shared/words.ts';
import type { HelpMessages } from './messages/help-in.ts';

/** Below this width lines are left to the terminal. */
const leastWidth = 40;

export function helpLayout(says: HelpMessages, language: Language): HelpConfiguration {
  return {
    displayWidth: columnsOf,
    // Commander breaks lines at spaces, of which Japanese has too few.
    ...(language === 'ja' && { boxWrap: wrapped }),
    styleTitle: (title) => new Map(Object.entries(says.titles)).get(title) ?? title,
    optionDescription: (option) =>
      noted(option.description, [...choicesOf(option, says), ...defaultOf(option, says)], says),
    argumentDescription: (argument) => noted(argument.description, choicesOf(argument, says), says),
  };
}

function wrapped(text: string, width: number): string {
  return width < leastWidth ? text : wrap(text, width).join('\n');
}

function noted(description: string, notes: readonly string[], says: HelpMessages): string {
  return notes.length > 0 ? `${description} (${says.join(notes)})` : description;
}

function choicesOf({ argChoices }: Option | Argument, says: HelpMessages): string[] {
  return argChoices ? [says.choices(says.join(argChoices.map((choice) => JSON.stringify(choice))))] : [];
}

/** A flag has none to tell. */
function defaultOf(
  { required, defaultValue, defaultValueDescription }: Option,
  says: HelpMessages,
): string[] {
  if (!required || defaultValue === undefined) return [];
  return [says.defaultsTo(defaultValueDescription ?? JSON.stringify(defaultValue))];
}
