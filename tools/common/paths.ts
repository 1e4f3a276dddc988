/** Where this repository is, and where what it needs is kept. */
import { userInfo } from "node:os";
import { isAbsolute, join } from "node:path";

export const repositoryRoot = join(__dirname, "../..");

/**
 * Where the cache is, by the environment. An empty variable counts as none, and so does a relative XDG_CACHE_HOME, as its
 * specification says. Without HOME it is the home that the system has for this user.
 *
 * @throws Error where PHP_WEB_SERVICE_CACHE is relative: it would be another folder for each command
 */
export function cacheFolderOf(environment: NodeJS.ProcessEnv): string {
    const own = environment["PHP_WEB_SERVICE_CACHE"] ?? "";
    if (own !== "" && !isAbsolute(own)) {
        throw new Error(`PHP_WEB_SERVICE_CACHE is ${own}. Allowed: an absolute path, or leave it out.`);
    }
    if (own !== "") return own;
    const cache = environment["XDG_CACHE_HOME"] ?? "";
    const home = environment["HOME"] ?? "";
    return join(
        isAbsolute(cache) ? cache : join(isAbsolute(home) ? home : userInfo().homedir, ".cache"),
        "php-web-service",
    );
}

/**
 * What is expensive to make and the same for every checkout: built programs, images, charts. Survives `make down`; may be
 * deleted at any time.
 */
export const cacheFolder = cacheFolderOf(process.env);
