/** Arguments with their defaults filled in: what has one is there, at every depth. */
export type Filled<Args, Defaults> = {
    readonly [Key in keyof Args as Key extends keyof Defaults ? never : Key]: Args[Key];
} & {
    readonly [Key in keyof Args & keyof Defaults]: Defaults[Key] extends readonly unknown[]
        ? Exclude<Args[Key], undefined>
        : Defaults[Key] extends object
          ? Filled<Exclude<Args[Key], undefined>, Defaults[Key]>
          : Exclude<Args[Key], undefined>;
};

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
    typeof value === "object" && value !== null && !Array.isArray(value);

/** Fills in what is undefined. null is a value: it leaves something out. */
export function withDefaults<Args extends object, Defaults extends object>(
    args: Args,
    defaults: Defaults,
): Filled<Args, Defaults> {
    const given = args as Readonly<Record<string, unknown>>;
    const filled = Object.entries(defaults).map(([key, value]: [string, unknown]) => {
        const own = given[key];
        return [key, own === undefined ? value : isMap(own) && isMap(value) ? withDefaults(own, value) : own];
    });
    return { ...args, ...Object.fromEntries(filled) } as Filled<Args, Defaults>;
}
