/** What was bound to an inquiry when it asked: figures, tables, texts, files. */
import { downloadIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { IClient } from '../../api/client';
import { IInquiry, IShown } from '../../api/inquiries';
import { getShownText, shownUrl } from '../../api/inquiry-shown';
import { messageOf } from '../../api/request';
import { Banner } from '../../parts/controls';
import { Prose } from '../../parts/prose';
import { SandboxFrame } from '../../parts/sandbox-frame';
import { bytes } from '../../parts/times';
import { IAutomation } from '../../tokens';

/** Largest text that is drawn, in bytes; a larger one is downloaded. */
const LARGEST_TEXT = 2_000_000;

/** What is not drawn here: the notebook has its own place, and text that stands for what cannot be drawn. */
const ELSEWHERE = ['notebook', 'alternative'];

/** What is drawn of what an inquiry shows. */
export function seen(inquiry: IInquiry): IShown[] {
  return inquiry.shown.filter(({ kind }) => !ELSEWHERE.includes(kind));
}

interface IPieceProps {
  id: string;
  piece: IShown;
  client: IClient;
  automation: IAutomation;
}

export function Shown(props: {
  inquiry: IInquiry;
  client: IClient;
  automation: IAutomation;
}): JSX.Element {
  const { inquiry, client, automation } = props;
  const { trans } = automation;
  return (
    <section className="na-Shown" aria-label={trans.__('What is shown')}>
      {seen(inquiry).map(piece => (
        <Piece
          key={piece.number}
          id={inquiry.id}
          piece={piece}
          client={client}
          automation={automation}
        />
      ))}
    </section>
  );
}

function Piece(props: IPieceProps): JSX.Element {
  const { id, piece, client, automation } = props;
  const { trans } = automation;
  const label = trans.__('Download %1', piece.name);
  return (
    <figure>
      <figcaption>
        <span>{piece.name}</span>
        <span className="na-Dim" title={piece.digest}>
          {bytes(piece.size)}
        </span>
        <a
          className="na-IconButton"
          href={shownUrl(client, id, piece.number)}
          download={piece.name}
          aria-label={label}
          title={label}
        >
          <downloadIcon.react tag="span" />
        </a>
      </figcaption>
      {/^image\//.test(piece.media_type) ? (
        <img src={shownUrl(client, id, piece.number)} alt={piece.name} />
      ) : isText(piece) ? (
        <Text {...props} />
      ) : (
        <p className="na-Dim">{piece.media_type}</p>
      )}
    </figure>
  );
}

function isText({ media_type, size }: IShown): boolean {
  return size <= LARGEST_TEXT && (/^text\//.test(media_type) || media_type === 'application/json');
}

function Text(props: IPieceProps): JSX.Element | null {
  const { id, piece, client, automation } = props;
  const [text, setText] = React.useState<string | null>(null);
  const [problem, setProblem] = React.useState('');
  React.useEffect(() => {
    let isWanted = true;
    getShownText(client, id, piece.number).then(
      found => isWanted && setText(found),
      (error: unknown) => isWanted && setProblem(messageOf(error))
    );
    return () => {
      isWanted = false;
    };
  }, [client, id, piece.number]);
  if (problem) {
    return <Banner tone="bad">{problem}</Banner>;
  }
  if (text === null) {
    return <p className="na-Dim">{automation.trans.__('Loading…')}</p>;
  }
  switch (piece.media_type.split(';')[0]) {
    case 'text/html':
      return <SandboxFrame html={text} title={piece.name} />;
    case 'text/markdown':
      return <Prose text={text} rendermime={automation.rendermime} />;
    default:
      return (
        <pre className="na-Json" tabIndex={0} aria-label={piece.name}>
          {text}
        </pre>
      );
  }
}
