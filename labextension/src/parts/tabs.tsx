/** Tabs after the ARIA pattern: arrow keys move, only the chosen one is drawn. */
import * as React from 'react';

export interface ITab {
  id: string;
  label: string;
  count?: number;
  body: () => React.ReactNode;
}

export function Tabs(props: { label: string; tabs: ITab[] }): JSX.Element {
  const { tabs } = props;
  const base = React.useId();
  const [chosen, setChosen] = React.useState(tabs[0].id);
  const list = React.useRef<HTMLDivElement>(null);
  const current = tabs.find(tab => tab.id === chosen) ?? tabs[0];
  const onKeyDown = (event: React.KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) {
      return;
    }
    event.preventDefault();
    const next = (tabs.indexOf(current) + step + tabs.length) % tabs.length;
    setChosen(tabs[next].id);
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next].focus();
  };
  return (
    <div className="na-Tabs">
      <div role="tablist" aria-label={props.label} ref={list} onKeyDown={onKeyDown}>
        {tabs.map(tab => (
          <button
            key={tab.id}
            type="button"
            role="tab"
            id={`${base}-${tab.id}`}
            aria-selected={tab === current}
            aria-controls={`${base}-panel`}
            tabIndex={tab === current ? 0 : -1}
            onClick={() => setChosen(tab.id)}
          >
            {tab.label}
            {tab.count ? <span className="na-Count">{tab.count}</span> : null}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${base}-panel`} aria-labelledby={`${base}-${current.id}`}>
        {current.body()}
      </div>
    </div>
  );
}
