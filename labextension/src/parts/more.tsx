/** Fields that are folded away. */
import * as React from 'react';

/** Fields that are folded away until somebody opens them, or there is something to see in them; then they stay open. */
export function More(props: {
  title: string;
  open: boolean;
  children: React.ReactNode;
}): JSX.Element {
  const [opened, setOpened] = React.useState(false);
  return (
    <details
      className="na-More"
      open={opened || props.open}
      onToggle={event => setOpened(event.currentTarget.open)}
    >
      <summary>{props.title}</summary>
      {props.children}
    </details>
  );
}
