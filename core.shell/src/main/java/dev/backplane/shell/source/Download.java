package dev.backplane.shell.source;

import dev.backplane.api.shell.CommandException;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLConnection;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;

/** Reads what a URL of scheme http, https or file names: bounded in size, in redirections and in waiting. */
public final class Download {

    /** Longer ones are refused, in bytes. */
    public static final long LONGEST = 256L << 20;

    private static final Set<String> SCHEMES = Set.of("http", "https", "file");
    private static final int REDIRECTIONS = 5;
    private static final int TIMEOUT_MILLIS = 20_000;
    private static final int CHUNK = 1 << 16;

    private Download() {
    }

    /**
     * All bytes.
     *
     * @param longest more bytes are an error
     * @throws CommandException if it cannot be had, with the reason
     */
    public static byte[] read(URI uri, long longest, Meter meter) throws CommandException, InterruptedException {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (!SCHEMES.contains(scheme)) {
            throw new CommandException(uri + " cannot be read: only http, https, file and mvn URLs can");
        }
        try {
            if (scheme.equals("file")) {
                Path file = Path.of(uri);
                if (Files.isDirectory(file)) {
                    throw new CommandException(file + " is a folder");
                }
                try (InputStream in = Files.newInputStream(file)) {
                    return bounded(in, uri, Files.size(file), longest, meter);
                }
            }
            return http(uri, longest, meter);
        } catch (NoSuchFileException | FileNotFoundException e) {
            throw new CommandException("there is no file " + Path.of(uri), e);
        } catch (UnknownHostException e) {
            throw new CommandException(uri + " cannot be read: no host is named " + uri.getHost(), e);
        } catch (ConnectException e) {
            throw new CommandException(uri + " cannot be read: nothing answers there (" + e.getMessage() + ")", e);
        } catch (SocketTimeoutException e) {
            throw new CommandException(uri + " cannot be read: no answer for " + TIMEOUT_MILLIS / 1000 + " s", e);
        } catch (IOException | IllegalArgumentException e) {
            throw new CommandException(uri + " cannot be read: " + e.getMessage(), e);
        } finally {
            meter.end();
        }
    }

    private static byte[] http(URI uri, long longest, Meter meter)
            throws IOException, CommandException, InterruptedException {
        URI at = uri;
        for (int redirections = 0; redirections <= REDIRECTIONS; redirections++) {
            URLConnection connection = at.toURL().openConnection();
            if (!(connection instanceof HttpURLConnection http)) {
                throw new CommandException(uri + " leads to " + at + ", which is no http URL");
            }
            http.setConnectTimeout(TIMEOUT_MILLIS);
            http.setReadTimeout(TIMEOUT_MILLIS);
            http.setInstanceFollowRedirects(false);
            http.setRequestProperty("User-Agent", "Backplane");
            try {
                int status = http.getResponseCode();
                String location = http.getHeaderField("Location");
                if (status >= 300 && status < 400 && location != null) {
                    URI next = at.resolve(location);
                    if ("https".equals(at.getScheme()) && !"https".equals(next.getScheme())) {
                        throw new CommandException(uri + " leads from https to " + next);
                    }
                    at = next;
                    continue;
                }
                if (status == HttpURLConnection.HTTP_NOT_FOUND) {
                    throw new CommandException("there is nothing at " + at);
                }
                if (status != HttpURLConnection.HTTP_OK) {
                    throw new CommandException(at + " cannot be read: the server answers " + status
                            + (http.getResponseMessage() == null ? "" : " " + http.getResponseMessage()));
                }
                try (InputStream in = http.getInputStream()) {
                    byte[] bytes = bounded(in, at, http.getContentLengthLong(), longest, meter);
                    if (http.getContentLengthLong() > bytes.length) {
                        throw new CommandException(at + " ended after " + bytes.length + " of "
                                + http.getContentLengthLong() + " bytes");
                    }
                    return bytes;
                }
            } finally {
                http.disconnect();
            }
        }
        throw new CommandException(uri + " is redirected again and again");
    }

    private static byte[] bounded(InputStream in, URI uri, long length, long longest, Meter meter)
            throws IOException, CommandException, InterruptedException {
        if (length > longest) {
            throw tooLong(uri, longest);
        }
        String path = uri.getPath() == null ? uri.toString() : uri.getPath();
        String name = path.substring(path.lastIndexOf('/') + 1);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream((int) Math.max(CHUNK, length));
        byte[] chunk = new byte[CHUNK];
        for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
            bytes.write(chunk, 0, read);
            if (bytes.size() > longest) {
                throw tooLong(uri, longest);
            }
            meter.at(name, bytes.size(), length);
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
        }
        return bytes.toByteArray();
    }

    private static CommandException tooLong(URI uri, long longest) {
        return new CommandException(uri + " is longer than " + (longest >> 20) + "M");
    }
}
