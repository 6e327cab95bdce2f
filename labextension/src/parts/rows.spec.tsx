import { nullTranslator } from '@jupyterlab/translation';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Widget } from '@lumino/widgets';
import * as React from 'react';

import { pass } from '../testing/clock';
import { LEAD, MainCell, Row, Unfold, WhenCell, whenHeading } from './rows';
import { Table } from './table';

const trans = nullTranslator.load('notebook_automation');

/** A list of one row, as its page has it. */
function List(): JSX.Element {
  const [open, setOpen] = React.useState(false);
  const toggle = (): void => setOpen(!open);
  const headings = [LEAD, { label: 'Name' }, whenHeading('When')];
  return (
    <Table label="Things" className="na-Things" headings={headings} trans={trans}>
      <Row
        data={{ thing: 'thg_1', open }}
        lead={<Unfold open={open} name="a" onToggle={toggle} trans={trans} />}
        beneath={open && <p>All of it</p>}
      >
        <MainCell name="a" more="of that" onClick={toggle} />
        <WhenCell at="2026-01-01T00:00:00Z" now={Date.now()} />
      </Row>
    </Table>
  );
}

describe('Row', () => {
  it('says what it is of, has a cell beneath each heading, and unfolds', async () => {
    const widget = ReactWidget.create(<List />);
    Widget.attach(widget, document.body);
    await pass(10);
    const row = widget.node.querySelector<HTMLElement>('[data-thing=thg_1]')!;
    expect(row.dataset.open).toBe('false');
    expect(row.querySelectorAll('tr')).toHaveLength(1);
    expect(row.querySelectorAll('[role=cell]')).toHaveLength(
      widget.node.querySelectorAll('thead tr > *').length
    );
    row.querySelector<HTMLElement>('.na-Rows-main')!.click();
    await pass(10);
    expect(row.dataset.open).toBe('true');
    expect(row.querySelectorAll('tr')[1].textContent).toBe('All of it');
    const fold = row.querySelector<HTMLElement>('[aria-expanded=true]')!;
    expect(fold.getAttribute('aria-label')).toBe('Hide details of a');
    fold.click();
    await pass(10);
    expect(row.querySelectorAll('tr')).toHaveLength(1);
    widget.dispose();
  });
});
