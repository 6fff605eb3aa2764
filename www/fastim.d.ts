/** fastim.d.ts - the types of fastim.js, and what each member means. */

/** Gets a login's token or a JWT of the user; `null`: there is none, so give up. */
export type TokenSource = (
  why: "first" | "expired" | "refused",
) => string | null | undefined | Promise<string | null | undefined>;

/** What a connection is made with: the class `WebSocket`, or one with the same face. */
export interface SocketClass {
  new (url: string, protocol: string): SocketLike;
}
export interface SocketLike {
  readonly readyState: number;
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  send(text: string): void;
  close(): void;
}

export interface GroupsOptions {
  user: string;
  /**
   * Asked for a token when one is needed: at first, when a JWT is about to expire, when one was
   * refused. If it fails, the client asks again later. Without it the user is not verified, which
   * does where `im.group.loginAuth` is 0.
   */
  token?: TokenSource;
  /** Where there is no global WebSocket, as in Node below 22: the class to take. */
  WebSocket?: SocketClass;
}

export interface Options extends GroupsOptions {
  group: string;
  /**
   * Tell "messages" and "change" once a frame of the display, not once a message. For busy rooms.
   * `list` and `pending` are up to date at any time.
   */
  batch?: boolean;
  /** The most messages of `list`: 500. */
  keep?: number;
  /** What may wait for an answer: at most `max` (100), at most `ms` (60000) each. */
  queue?: { max?: number; ms?: number };
  /** If WebSockets are blocked: what to try by turns with them. See fastim-sse.js. */
  fallback?: SocketClass;
}

export interface Message {
  readonly groupId: string;
  readonly userId: string;
  readonly info: string;
  /** Unix ms, and the message's number: (userId, ts) names it. */
  readonly ts: number;
  /** Is it of this room's user? */
  readonly own: boolean;
}

/** A message of one's own that is not in `list` yet. */
export interface Pending {
  readonly id: string;
  readonly info: string;
  /** "waiting" for a connection; "sent", without an answer yet; "failed": see `error`. */
  readonly state: "waiting" | "sent" | "failed";
  readonly error?: FastimError;
}

export interface Settings {
  /** Seconds between two messages of a user; 0: no limit. */
  slow: number;
  /** Only moderators and vip may speak. */
  quiet: boolean;
  /** Messages a second of all ordinary users together; 0: no limit. */
  cap: number;
  pinned: string;
  /** For the site: title, topic … */
  attrs: Record<string, string>;
}

export interface You {
  role: "" | "mod" | "vip";
  /** Until when, Unix ms by the server's clock (`room.now()`); 0: not muted; -1: for ever. */
  muted: number;
  /** Of the JWT, Unix ms; 0: it does not. */
  expires: number;
}

/**
 * Why something was refused.
 *
 * `code` and `reason` are the server's: fastim-v2(7), ERRORS AND CLOSE CODES. With `code` 0 it is
 * this client: "closed"; "queue": too many wait; "offline": there was no connection in time;
 * "unknown": there was one, but no answer, so it may have been stored; "token": the token source
 * failed; "socket": the address is wrong; "network": no answer over HTTP; "id": nothing has failed
 * that has this id.
 */
export class FastimError extends Error {
  constructor(code: number, reason: string, retryAfter?: number);
  code: number;
  reason: string;
  /** Ms, if waiting helps. */
  retryAfter?: number;
}

/** "waiting": the connection was lost, and will be tried again by itself. */
export type State = "connecting" | "open" | "waiting" | "closed";

export interface Presence {
  online: number;
  users?: readonly string[];
  joined?: readonly string[];
  left?: readonly string[];
}

export interface RoomEvents {
  /** A new message. */
  message: Message;
  /** New messages, in order; with `batch` those of a frame of the display. */
  messages: readonly Message[];
  /** `list` was replaced: at first, and when the server could not tell what was missed. */
  reset: readonly Message[];
  recall: { userId: string; ts: number };
  /** All messages of this user are gone. */
  purge: { userId: string };
  /** All messages are gone. */
  clear: {};
  /** Said by the operators, once. */
  notice: { info: string; at: number };
  settings: Settings;
  presence: Presence;
  you: You;
  signal: { userId: string; info: string };
  state: State;
  /** Something that no promise tells: a ban, a token that could not be got, and so on. */
  error: FastimError;
  /** Anything of the room has changed: draw it. */
  change: Room;
}

/**
 * A group, as one of its users sees it. All that is shown is in `list` and `pending`; both are
 * replaced, never changed, so that a new array means a change.
 *
 * Promises need not be caught: what they tell is in `pending`, too, or may be ignored.
 */
export interface Room {
  /** The newest messages, oldest first. What was recalled or purged is not among them. */
  readonly list: readonly Message[];
  /** Own messages that are not in `list` yet, in the order in which they were sent. */
  readonly pending: readonly Pending[];
  readonly state: State;
  /** The user's id as the server writes it. */
  readonly user: string;
  /** How many users are there. */
  readonly online: number;
  /** Their ids, where they are told: in small groups. */
  readonly users: readonly string[] | undefined;
  readonly settings: Settings;
  /** What this user may do. */
  readonly you: You;
  /** What moderators may do. */
  readonly mod: Moderation;

  /** Calls the handler at each such event; returns what ends that. */
  on<E extends keyof RoomEvents>(type: E, handler: (event: RoomEvents[E]) => void): () => void;

  /**
   * Sends a message: at once, or as soon as there is a connection, and stored once in any case.
   * A signal takes back what has not been sent yet.
   */
  send(info: string, options?: { signal?: AbortSignal }): Promise<{ ts: number }>;
  /** Sends a failed message again. Without fear of a double within five minutes. */
  retry(id: string): Promise<{ ts: number }>;
  /** Forgets a failed message. */
  discard(id: string): void;
  /** Takes back a message: one's own, or as a moderator that of another user. */
  recall(ts: number, userId?: string): Promise<void>;
  /** The user has read up to here. */
  read(ts: number): Promise<void>;
  /** A passing word for all, as "typing": not stored, and dropped without a connection. */
  signal(info: string): void;

  /** Puts up to 200 older messages in front of `list`. `end`: there are none that are older. */
  older(count?: number): Promise<{ end: boolean }>;
  /** Messages right before this ts, without a change of `list`. */
  history(where: { before: number; count?: number; userId?: string }): Promise<{
    list: Message[];
    end: boolean;
  }>;

  /** The server's clock, Unix ms. */
  now(): number;
  /** Leaves for good. */
  close(): void;
}

/** POST /admin/…, as this user and for this group. `seconds` 0: for ever. */
export interface Moderation {
  mute(userId: string, seconds?: number): Promise<unknown>;
  unmute(userId: string): Promise<unknown>;
  ban(userId: string, seconds?: number, purge?: boolean): Promise<unknown>;
  unban(userId: string): Promise<unknown>;
  kick(userId: string): Promise<unknown>;
  purge(userId: string): Promise<unknown>;
  recall(userId: string, ts: number): Promise<unknown>;
  clear(): Promise<unknown>;
  notice(info: string): Promise<unknown>;
  settings(settings: { slow?: number; quiet?: boolean; pinned?: string }): Promise<unknown>;
  /** Settings, bans, mutes and roles. */
  rules(): Promise<unknown>;
}

export interface Group {
  readonly groupId: string;
  readonly newMessage?: Omit<Message, "own">;
  readonly total: number;
  /** 100 means 100 or more. */
  readonly unread: number;
}

export interface GroupsEvents {
  /** `list` was replaced. */
  reset: readonly Group[];
  /** It has changed, or was joined. */
  group: Group;
  left: { groupId: string };
  state: State;
  error: FastimError;
  change: Groups;
}

/** The groups of a user, that with the newest message first. */
export interface Groups {
  readonly list: readonly Group[];
  readonly state: State;
  on<E extends keyof GroupsEvents>(type: E, handler: (event: GroupsEvents[E]) => void): () => void;
  close(): void;
}

/**
 * Enters a group, and stays in it until `close()`.
 * @param site as "https://example.org"; in a page "/" is its own site
 */
export function fastim(site: string, options: Options): Room;

/**
 * Follows the list of a user's groups, until `close()`.
 * @param site as "https://example.org"; in a page "/" is its own site
 */
export function groups(site: string, options: GroupsOptions): Groups;
