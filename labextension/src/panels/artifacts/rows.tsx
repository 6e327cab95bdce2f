/** A row for each artifact: open it in Lab's viewer, download it, look at its versions. */
import {
  LabIcon,
  caretDownIcon,
  caretRightIcon,
  downloadIcon,
  fileIcon,
  imageIcon,
  launchIcon,
  linkIcon,
  notebookIcon,
  spreadsheetIcon,
  textEditorIcon
} from '@jupyterlab/ui-components';
import { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { IArtifact, artifactUrl, listVersions } from '../../api/artifacts';
import { attempt } from '../../parts/attempt';
import { IconButton } from '../../parts/controls';
import { ACTIONS, Row, WhenCell, whenHeading } from '../../parts/rows';
import { Cell, IHeading } from '../../parts/table';
import { bytes } from '../../parts/times';
import { When } from '../../parts/when';
import { CommandIDs, IAutomation } from '../../tokens';
import { Select } from '../list/fields';
import { ArtifactsModel, isWebAddress } from './model';

interface IRowsProps {
  artifacts: readonly IArtifact[];
  now: number;
  /** The model that holds the selection; without it no row can be selected. */
  model?: ArtifactsModel;
  automation: IAutomation;
}

/** A body of a table for each; `headings` are the table's. */
export function ArtifactRows({ artifacts, ...props }: IRowsProps): JSX.Element {
  return (
    <>
      {artifacts.map(artifact => (
        <ArtifactRow key={artifact.id} artifact={artifact} {...props} />
      ))}
    </>
  );
}

export function headings(trans: TranslationBundle): IHeading[] {
  return [
    { label: '', className: 'na-Rows-lead' },
    { label: trans.__('Name'), sort: { column: 'name', order: 'asc' } },
    { label: trans.__('Content'), className: 'na-Artifacts-facts' },
    {
      label: trans.__('Size'),
      className: 'na-Artifacts-size',
      sort: { column: 'size', order: 'desc' }
    },
    whenHeading(trans.__('Created')),
    ACTIONS
  ];
}

function iconOf(artifact: IArtifact): LabIcon {
  if (artifact.name.endsWith('.ipynb')) {
    return notebookIcon;
  }
  switch (artifact.type) {
    case 'file_datatable':
      return spreadsheetIcon;
    case 'file_image':
      return imageIcon;
    case 'file_text':
      return textEditorIcon;
    case 'url':
      return linkIcon;
    default:
      return fileIcon;
  }
}

function ArtifactRow(props: {
  artifact: IArtifact;
  now: number;
  model?: ArtifactsModel;
  automation: IAutomation;
}): JSX.Element {
  const { artifact, now, model, automation } = props;
  const { trans, client } = automation;
  const [versions, setVersions] = React.useState<readonly IArtifact[] | null>(null);
  const Icon = iconOf(artifact);
  const toggle = async (): Promise<void> => {
    if (versions) {
      setVersions(null);
      return;
    }
    const page = await attempt(() => listVersions(client, artifact.id));
    setVersions(page?.items ?? null);
  };
  return (
    <Row
      data={{ artifact: artifact.name }}
      lead={
        <>
          {model && <Select model={model} item={artifact} name={artifact.name} trans={trans} />}
          <span className="na-TypeIcon" aria-hidden="true">
            <Icon.react tag="span" />
          </span>
        </>
      }
      beneath={
        versions && (
          <Versions name={artifact.name} versions={versions} now={now} automation={automation} />
        )
      }
    >
      <Cell>
        <Name artifact={artifact} automation={automation} />
      </Cell>
      <Cell className="na-Artifacts-facts na-Dim">{facts(artifact, trans)}</Cell>
      <Cell className="na-Artifacts-size na-Dim">
        {artifact.type === 'url' ? '' : bytes(artifact.size)}
      </Cell>
      <WhenCell at={artifact.created_at} now={now} />
      <Cell className="na-Rows-actions">
        {artifact.version > 1 && (
          <button
            type="button"
            className="na-Link na-Version"
            aria-expanded={versions !== null}
            onClick={() => void toggle()}
          >
            {trans.__('version %1', artifact.version)}
            {versions ? <caretDownIcon.react tag="span" /> : <caretRightIcon.react tag="span" />}
          </button>
        )}
        <Download artifact={artifact} automation={automation} />
      </Cell>
    </Row>
  );
}

function Versions(props: {
  name: string;
  versions: readonly IArtifact[];
  now: number;
  automation: IAutomation;
}): JSX.Element {
  const { name, versions, now, automation } = props;
  const { trans } = automation;
  return (
    <ol className="na-Versions" aria-label={trans.__('Versions of %1', name)}>
      {versions.map(version => (
        <li key={version.id}>
          <span>{trans.__('version %1', version.version)}</span>
          <span className="na-Dim">
            <When at={version.created_at} now={now} />
          </span>
          <span className="na-Dim">{bytes(version.size)}</span>
          <span className="na-Rows-actions">
            {version.drive_path && (
              <IconButton
                icon={launchIcon}
                label={trans.__('Open version %1', version.version)}
                onClick={() => openArtifact(version, automation)}
              />
            )}
            <Download artifact={version} automation={automation} />
          </span>
        </li>
      ))}
    </ol>
  );
}

function openArtifact(artifact: IArtifact, automation: IAutomation): void {
  void attempt(() =>
    automation.commands.execute(CommandIDs.openArtifact, { path: artifact.drive_path })
  );
}

function Name(props: { artifact: IArtifact; automation: IAutomation }): JSX.Element {
  const { artifact, automation } = props;
  if (artifact.url && isWebAddress(artifact.url)) {
    return (
      <a className="na-Rows-main" href={artifact.url} target="_blank" rel="noopener noreferrer">
        <strong>{artifact.name}</strong>
        <span className="na-Dim">{artifact.url}</span>
      </a>
    );
  }
  if (!artifact.drive_path) {
    return (
      <span className="na-Rows-main">
        <strong>{artifact.name}</strong>
      </span>
    );
  }
  return (
    <button
      type="button"
      className="na-Rows-main"
      title={automation.trans.__('Open %1', artifact.name)}
      onClick={() => openArtifact(artifact, automation)}
    >
      <strong>{artifact.name}</strong>
    </button>
  );
}

function Download(props: { artifact: IArtifact; automation: IAutomation }): JSX.Element | null {
  const { artifact, automation } = props;
  if (!artifact.content_url) {
    return null;
  }
  const label = automation.trans.__('Download %1', artifact.name);
  return (
    <a
      className="na-IconButton"
      href={artifactUrl(automation.client, artifact.id)}
      download={artifact.name}
      aria-label={label}
      title={label}
    >
      <downloadIcon.react tag="span" />
    </a>
  );
}

/** "1,204 rows × 6 columns", as far as is known. */
function facts(artifact: IArtifact, trans: TranslationBundle): string {
  const { rows, columns } = artifact.meta;
  if (typeof rows === 'number') {
    const wide = Array.isArray(columns) ? columns.length : columns;
    const length = trans._n('%1 row', '%1 rows', rows).replace(String(rows), rows.toLocaleString());
    return typeof wide === 'number'
      ? `${length} × ${trans._n('%1 column', '%1 columns', wide)}`
      : length;
  }
  return '';
}
