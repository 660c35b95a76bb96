package countersign.keycloak.orchestrator;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A server that says the same bytes to whoever connects, and then nothing more. */
final class Upstream implements AutoCloseable {
    /** The connection is closed after the rest. */
    static final String END = "\0";

    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Socket> connections = new ArrayList<>();
    private volatile String says = "";
    private volatile String heard = "";

    Upstream() throws IOException {
        var thread = new Thread(this::serve);
        thread.setDaemon(true);
        thread.start();
    }

    int port() {
        return socket.getLocalPort();
    }

    void says(String bytes) {
        says = bytes;
    }

    String heard() {
        return heard;
    }

    private void serve() {
        while (!socket.isClosed()) {
            try {
                Socket connection = socket.accept();
                connections.add(connection);
                byte[] request = new byte[8192];
                int read = connection.getInputStream().read(request);
                heard = new String(request, 0, Math.max(read, 0), StandardCharsets.ISO_8859_1);
                String answer = says;
                boolean ends = answer.endsWith(END) || answer.contains("connection: close\r\n");
                connection.getOutputStream().write(answer.replace(END, "").getBytes(StandardCharsets.ISO_8859_1));
                if (ends) {
                    connection.close();
                }
            } catch (IOException e) {
                // The client has gone, or the test is over.
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (Socket connection : connections) {
            connection.close();
        }
    }
}
