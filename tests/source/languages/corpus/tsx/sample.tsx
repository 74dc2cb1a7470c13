import React, { useState } from 'react';
import { Shelf } from './shelf';

interface Props {
  title: string;
  items: Item[];
}

const DEFAULT_TITLE = 'Items';

/** Shows a list of items. */
export const ItemList: React.FC<Props> = ({ title = DEFAULT_TITLE, items }) => {
  const [open, setOpen] = useState(false);
  const toggle = () => setOpen(!open);
  return (
    <section onClick={toggle}>
      <h2>{title}</h2>
      {items.map((item) => (
        <ItemRow key={item.id} item={item} />
      ))}
      <Layout.Footer>{formatCount(items.length)}</Layout.Footer>
    </section>
  );
};

export default function ItemRow({ item }: { item: Item }) {
  return <li>{item.label}</li>;
}

export const Memoized = React.memo(function Inner(props: Props) {
  return <ItemList {...props} />;
});

export class Boundary extends React.Component<Props> {
  state = { failed: false };

  render() {
    return this.state.failed ? <Shelf /> : null;
  }
}

describe('ItemList', () => {
  it("renders", () => {
    render(<ItemList title="a" items={[]} />);
  });
});
