/** A WebSocket without a network: a test sends what the server would. */
export class FakeSocket {
  /** Every socket that was opened since a test emptied the list, oldest first. */
  static opened: FakeSocket[] = [];

  static get last(): FakeSocket {
    return FakeSocket.opened[FakeSocket.opened.length - 1];
  }

  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  closed = false;

  constructor(readonly url: string) {
    FakeSocket.opened.push(this);
  }

  receive(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  close(): void {
    this.closed = true;
    this.onclose?.();
  }
}
