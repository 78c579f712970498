import { environment } from '../../shared/settings.ts';
import { languages, type Language } from '../../shared/words.ts';

/**
 * The language of a command line before it is parsed, for its help and for what is wrong with it. English where the
 * one that is asked for is not known: the parser or the settings then say so.
 */
export function chooseLanguage(args: readonly string[], env: NodeJS.ProcessEnv): Language {
  const asked = givenLanguage(args) ?? env[environment.language]?.trim();
  return languages.find((one) => one === asked) ?? 'en';
}

/** The last one counts, as in the parser; what follows `--` is no option. */
function givenLanguage(args: readonly string[]): string | undefined {
  const end = args.indexOf('--');
  const options = end === -1 ? args : args.slice(0, end);
  return options
    .flatMap((arg, index) => {
      if (arg === '--lang') return options[index + 1] ?? [];
      return arg.startsWith('--lang=') ? arg.slice('--lang='.length) : [];
    })
    .at(-1);
}
