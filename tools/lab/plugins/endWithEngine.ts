/** Ends this plugin with the engine: one that is killed tells its plugins nothing, but their standard input ends. */
export function endWithEngine(): void {
    process.stdin.resume().on("end", () => process.exit());
}
