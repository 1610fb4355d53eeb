/**
 * Options that are given more than once: the values of some add up, and of all others a second one is refused, because
 * one of the two would be lost.
 */
import { type Command, Option } from 'commander';

/** An option that may be repeated; its value is the list of all that was given, in that order. */
export class RepeatableOption<Value> extends Option {
  /** @param valuesOf what one word of the command line gives. */
  constructor(flags: string, description: string, valuesOf: (word: string) => Value[]) {
    super(flags, `${description}; may be repeated`);
    this.argParser((word, before: Value[] | undefined) => [...(before ?? []), ...valuesOf(word)]);
  }
}

/** Names with commas between them. */
export function namesIn(word: string): string[] {
  return word.split(',');
}

/** What sets fields of a spec. */
export function settingOption(description: string): Option {
  return new RepeatableOption('-s, --set <field=value>', description, (word) => [word]);
}

/** Has a command refuse a second value of each option that takes one. A flag that is repeated says the same again. */
export function refuseRepeated(command: Command): void {
  for (const option of command.options) {
    if (option instanceof RepeatableOption || option.isBoolean()) continue;
    let first: string | undefined;
    command.on(`option:${option.name()}`, (value: string) => {
      if (first !== undefined) {
        command.error(
          `error: option '${option.flags}' takes one value, but is given twice: as '${first}' and as '${value}'`,
        );
      }
      first = value;
    });
  }
}
