/** The chart repository, which only `make up` needs. */
import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";
import { join, normalize } from "node:path";

/** Serves a folder's files at 127.0.0.1 while the work is done. */
export async function whileServing<T>(folder: string, port: number, work: () => Promise<T>): Promise<T> {
    const server = createServer((request, response) => {
        const path = fileOf(folder, request.url ?? "/");
        if (path === undefined) {
            response.writeHead(404).end();
            return;
        }
        createReadStream(path).pipe(response);
    });
    await new Promise<void>((resolve, reject) => {
        server.on("error", reject);
        server.listen(port, "127.0.0.1", resolve);
    });
    try {
        return await work();
    } finally {
        server.close();
        server.closeAllConnections();
    }
}

/** The file in the folder that a URL names; undefined where there is none. */
function fileOf(folder: string, url: string): string | undefined {
    try {
        const { pathname } = new URL(url, "http://127.0.0.1");
        // Normalized from the root, no path leads out of the folder.
        const path = join(folder, normalize(`/${decodeURIComponent(pathname)}`));
        return statSync(path).isFile() ? path : undefined;
    } catch {
        // No URL, no encoding, no name that a file could have, or no file.
        return undefined;
    }
}
