// pure
import type { TenantCaller } from '../applications/caller.ts';
import type { Page, PageArguments } from '../page.ts';
import type { Queue, RequestFilter, RequestRecord, Trail } from './request.ts';

/** What the edge may ask of requests. Every call sees the caller's own requests alone; errors are `KeyholeError`s. */
export interface RequestsService {
  /** Checks, admits and has it sent; waits for its end for as long as the input says. */
  submit(caller: TenantCaller, input: unknown, trail?: Trail): Promise<RequestRecord>;
  find(caller: TenantCaller, id: string): Promise<RequestRecord | null>;
  cancel(caller: TenantCaller, id: string): Promise<RequestRecord>;
  /** Cancels it first where it is pending. */
  remove(caller: TenantCaller, id: string): Promise<void>;
  history(
    caller: TenantCaller,
    filter: RequestFilter,
    direction: 'ASC' | 'DESC',
    page: PageArguments,
  ): Promise<Page<RequestRecord>>;
  /** How many unsettled requests of the same queue come before it; null once settled or without a queue. */
  queuePosition(record: RequestRecord): Promise<number | null>;
  queues(caller: TenantCaller, page: PageArguments): Promise<Page<Queue>>;
  findQueue(caller: TenantCaller, id: string): Promise<Queue | null>;
  /** The state as it stands, then each change; ends once it is settled. Attached when the promise resolves. */
  updates(caller: TenantCaller, id: string): Promise<AsyncIterableIterator<RequestRecord>>;
  /** Each request that matches, whenever one is submitted or changes. Attached when the promise resolves. */
  historyUpdates(caller: TenantCaller, filter: RequestFilter): Promise<AsyncIterableIterator<RequestRecord>>;
  queueUpdates(caller: TenantCaller): Promise<AsyncIterableIterator<Queue>>;
}
