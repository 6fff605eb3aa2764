/** fastim-room.d.ts - the types of fastim-room.js; README.md tells how to embed it. */
import type { Room, TokenSource } from "./fastim.js";

/** The attributes of `<fastim-room>`. All but `group` may be left out. */
export interface FastimRoomAttributes {
  /** The id of the group. With `page` the last part of the page's address, if left out. */
  group?: string;
  /** The id of the user. If left out, it asks for name and password; the token is kept in
   * sessionStorage, till the tab is closed. */
  user?: string;
  /** What `/user/login` gave, or a JWT; for one that can be renewed see the property `token`. */
  token?: string;
  /** Where fastim is, as "https://example.org". If left out, where fastim-room.js comes from. */
  server?: string;
  /** What stands above the messages. If left out: the group's attribute `title`, or its id. */
  name?: string;
  /** It is the whole page, and writes the page's title. */
  page?: boolean | "";
  /** "en" or "zh…". If left out, the browser's language. */
  lang?: string;
}

/** A room for people. It is there as long as it is in a page; taken out, it leaves. */
export class FastimRoom extends HTMLElement {
  /** The room of fastim.js; undefined while there is none. */
  readonly room: Room | undefined;
  /** Text, or a function that gives it, as the option of fastim.js. */
  get token(): string | TokenSource | null;
  set token(token: string | TokenSource | null);
}

declare global {
  interface HTMLElementTagNameMap {
    "fastim-room": FastimRoom;
  }
  namespace JSX {
    interface IntrinsicElements {
      "fastim-room": FastimRoomAttributes & { [attribute: string]: unknown };
    }
  }
}
