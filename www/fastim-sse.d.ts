/** fastim-sse.d.ts - the types of fastim-sse.js. */
import type { SocketLike } from "./fastim.js";

/** For `fallback`: an event stream with the face of a WebSocket. */
export class EventStream implements SocketLike {
  constructor(url: string);
  readonly readyState: number;
  onopen: ((event: any) => void) | null;
  onmessage: ((event: any) => void) | null;
  onclose: ((event: any) => void) | null;
  onerror: ((event: any) => void) | null;
  send(text: string): void;
  close(): void;
}
