/** The messages of the change feed; `schema.ts` has them from what the server's nouns say that their changes carry. */
import type { components } from './schema';

type Schemas = components['schemas'];

export type SessionChange = Schemas['SessionChange'];

/** One change of one thing; `content` is a summary, enough to redraw a row. */
export type IChange = Extract<Schemas[keyof Schemas], { type: 'change' }>;

export type Channel = IChange['channel'];

/** A change on one of the channels `C`. */
export type IChangeOn<C extends Channel> = Extract<IChange, { channel: C }>;
