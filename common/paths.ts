/** Where this repository is, and where what it needs is kept. */
import { homedir } from "node:os";
import { join } from "node:path";

export const repositoryRoot = join(__dirname, "..");

/**
 * What is expensive to make and the same for every checkout: built programs, images, charts. Survives `make down`; may be
 * deleted at any time.
 */
export const cacheFolder =
    process.env["PHP_WEB_SERVICE_CACHE"] ??
    join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "php-web-service");
