/** Commands that end with all that they have started. */
import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex } from "node:stream";

export interface StartOptions {
    readonly cwd?: string | undefined;
    readonly env: NodeJS.ProcessEnv;
    /** For stdin, stdout and stderr: "pipe", "ignore" or a file descriptor. */
    readonly stdio: readonly ["pipe" | "ignore", "pipe" | number, "pipe" | number];
    /**
     * Makes the command the leader of a process group of its own. When the signal is aborted, or this process ends, however
     * it does, the whole group is ended: within 0.3 s, or 3 s where it does not listen.
     */
    readonly signal?: AbortSignal | undefined;
}

/** Starts a command. With a signal, one that does not exist ends with 127. */
export function start(command: readonly string[], { signal, stdio, ...options }: StartOptions): ChildProcess {
    const [program = "", ...args] = command;
    if (signal === undefined) return spawn(program, args, { ...options, stdio: [...stdio] });
    const child = spawn("/bin/sh", ["-c", guarded, guard, ...command], {
        ...options,
        stdio: [...stdio, "pipe"],
        detached: true,
    });
    const pipe = child.stdio[3] as Duplex;
    const end = () => pipe.end();
    signal.addEventListener("abort", end);
    child.on("exit", () => {
        signal.removeEventListener("abort", end);
        if (!signal.aborted) pipe.end("done\n");
    });
    // Its other end may have gone.
    pipe.on("error", () => undefined).resume();
    return child;
}

/** Becomes the command. Its guard is begun before it: not for a moment is it without. */
const guarded = `
    PATH="$PATH:/usr/bin:/bin" setsid /bin/sh -c "$0" guard "$$" <&3 3<&- >/dev/null 2>&1 &
    exec "$@" 3<&-`;

/**
 * Waits for a word at the pipe. Without one it was closed: on purpose, or by the kernel when this process has gone, were it by
 * SIGKILL. SIGINT first, on which programs remove their temporary files. Zombies have ended, whenever somebody asks for them.
 */
const guard = `
    read -r _ && exit
    is_running() { cat /proc/[0-9]*/stat 2>/dev/null | grep -q ") [^ZX] [0-9]* $1 "; }
    for signal in INT TERM KILL; do
        kill -s "$signal" -- "-$1"
        for _ in 1 2 3 4 5 6 7 8 9 10; do
            sleep 0.1
            is_running "$1" || exit
        done
    done`;

/**
 * How a child that runs ends: its exit code, or the signal that ended it. Rejects with the reason of its own
 * {@link StartOptions.signal}, after the last of its group has gone.
 */
export async function endOf(child: ChildProcess, signal?: AbortSignal): Promise<number | NodeJS.Signals> {
    const end = await new Promise<number | NodeJS.Signals>((resolve) => {
        // After the guard's end, since the pipe to it is the child's as well.
        child.on("close", (code, by) => {
            // One of the two is there.
            resolve(code ?? by ?? 1);
        });
    });
    signal?.throwIfAborted();
    return end;
}
