/**
 * The threads of a trainer. Each has an instance of its own over one memory: what lies in memory is common to all, a
 * global is each thread's own. All run the same steps, on their own shares, and meet in between. Thread 0 is the
 * trainer's caller; the others help.
 */

/** Threads that have come to the meeting at hand, and how many meetings there have been; each on a cache line of its own. */
const arrived: usize = memory.data(64, 64);
const meetings: usize = memory.data(64, 64);
/** Changes while a thread gets on with its share, so that one that is gone is noticed. */
const beats: usize = memory.data(64, 64);
/** Not 0: a thread has failed, and no meeting will come about any more. */
const failure: usize = memory.data(64, 64);

/** The number of this thread, and how many there are. */
export let thread: i32 = 0;
export let threads: i32 = 1;

/**
 * Looks at the meeting before a thread goes to sleep: about 0.3 ms, longer than a caller takes between two steps.
 * A thread that sleeps may wake up late, and on the core of the thread that wakes it.
 */
const spins = 200_000;
/** How often a sleeping caller looks whether the other threads get on, in ns. */
const lookEvery: i64 = 100_000_000;
/** The caller gives up when they have not for so many looks in a row: 20 s. */
const allowedSilence = 200;

export function joinThreads(number: i32, count: i32): void {
  thread = number;
  threads = count;
}

/** Waits until every thread is here: what any of them wrote before, all see afterwards. Traps when one has failed. */
export function meet(): void {
  if (threads == 1) return;
  const meeting = atomic.load<i32>(meetings);
  if (atomic.add<i32>(arrived, 1) == threads - 1) {
    atomic.store<i32>(arrived, 0);
    atomic.add<i32>(meetings, 1);
    atomic.notify(meetings);
  } else {
    awaitMeeting(meeting);
  }
  if (atomic.load<i32>(failure)) unreachable();
}

function awaitMeeting(meeting: i32): void {
  for (let spin = 0; spin < spins; spin++) if (atomic.load<i32>(meetings) != meeting) return;
  let beat = atomic.load<i32>(beats);
  let silence = 0;
  while (atomic.load<i32>(meetings) == meeting && !atomic.load<i32>(failure)) {
    // A helper may wait for ever: its trainer's end is its own.
    atomic.wait<i32>(meetings, meeting, thread == 0 ? lookEvery : -1);
    const heard = atomic.load<i32>(beats);
    silence = heard == beat ? silence + 1 : 0;
    beat = heard;
    if (silence == allowedSilence) fail();
  }
}

/** Says that this thread gets on. */
@inline
export function giveSign(): void {
  if (threads > 1) atomic.add<i32>(beats, 1);
}

/** Makes every meeting fail, those under way too. */
export function fail(): void {
  atomic.store<i32>(failure, 1);
  atomic.notify(meetings);
}

/** Of `count` pieces, where the share of a thread starts; it ends where the next one's starts. */
@inline
export function shareOf(count: i32, number: i32): i32 {
  return <i32>((<i64>count * <i64>number) / <i64>threads);
}
