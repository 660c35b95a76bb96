package countersign.keycloak.harness;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Stands before the orchestrator, hears what it is asked, and is silent or gone where it is told to be. */
public final class Gate {
    /** What becomes of a request. */
    public enum Mode {
        PASS,
        /** The connection ends without an answer. */
        DROP,
        /** There is no answer. */
        HANG
    }

    private final ServerSocket socket;
    private final int upstream;
    private final List<String> heard = Collections.synchronizedList(new ArrayList<>());
    private volatile String about = "";
    private volatile Mode mode = Mode.PASS;
    private volatile CountDownLatch hanging = new CountDownLatch(1);

    Gate(int upstream) throws IOException {
        this.upstream = upstream;
        this.socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(this::serve);
    }

    int port() {
        return socket.getLocalPort();
    }

    /** From now on, what becomes of requests whose first line holds this text. */
    public void is(Mode mode, String about) {
        this.about = about;
        this.mode = mode;
        if (mode != Mode.HANG) {
            hanging.countDown();
            hanging = new CountDownLatch(1);
        }
    }

    /** How often a request was asked whose first line holds this text. */
    public long heard(String text) {
        synchronized (heard) {
            return heard.stream().filter(line -> line.contains(text)).count();
        }
    }

    private void serve() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                daemon(() -> pass(client));
            } catch (IOException e) {
                return;
            }
        }
    }

    /** One request for each connection: the client is told to close, so every request is seen. */
    private void pass(Socket client) {
        try (client) {
            String head = head(client.getInputStream());
            if (head.isEmpty()) {
                return;
            }
            String line = head.substring(0, head.indexOf("\r\n"));
            heard.add(line);
            if (mode != Mode.PASS && line.contains(about)) {
                if (mode == Mode.HANG) {
                    hanging.await();
                }
                return;
            }
            try (var server = new Socket(InetAddress.getLoopbackAddress(), upstream)) {
                var out = server.getOutputStream();
                out.write(head.replaceFirst("\r\n", "\r\nConnection: close\r\n").getBytes(StandardCharsets.ISO_8859_1));
                daemon(() -> copy(client, out));
                server.getInputStream().transferTo(client.getOutputStream());
            }
        } catch (IOException e) {
            // Either side has gone; the other notices.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static String head(InputStream in) throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return "";
            }
            head.append((char) next);
        }
        return head.toString();
    }

    private static void copy(Socket client, OutputStream out) {
        try {
            client.getInputStream().transferTo(out);
        } catch (IOException e) {
            // The request is over.
        }
    }

    private static void daemon(Runnable work) {
        var thread = new Thread(work);
        thread.setDaemon(true);
        thread.start();
    }
}
