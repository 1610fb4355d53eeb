/**
 * A component that is drawn again only where one of its properties is another one than before, or a signal changes that
 * it reads: for rows of long lists, whose list is drawn often.
 */
import { Component, type ComponentType, type FunctionComponent } from 'preact';

export function memo<Props extends object>(Inner: FunctionComponent<Props>): ComponentType<Props> {
  return class Memo extends Component<Props> {
    override shouldComponentUpdate(next: Props): boolean {
      const names = Object.keys(next) as (keyof Props)[];
      return names.some((name) => next[name] !== this.props[name]);
    }

    override render() {
      return <Inner {...(this.props as Props)} />;
    }
  };
}
