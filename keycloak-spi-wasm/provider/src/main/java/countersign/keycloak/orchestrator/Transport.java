package countersign.keycloak.orchestrator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;

/** Sends what the core says, as it says it. No redirects, no cookies, nothing repeated. */
final class Transport {
    /** No longer answer is read. */
    static final int LONGEST = 64 * 1024;

    private final HttpClient client = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(Duration.ofSeconds(2))
            .build();

    /** The answer as the core wants it: {@code {status, body}}, or null when nothing usable came back in time. */
    CompletableFuture<JsonNode> send(JsonNode ask) {
        Duration timeout = Duration.ofMillis(ask.path("timeout").asLong());
        CompletableFuture<HttpResponse<byte[]>> sent;
        try {
            sent = client.sendAsync(request(ask, timeout), head -> new Capped());
        } catch (IllegalArgumentException e) {
            return CompletableFuture.completedFuture(JsonNodeFactory.instance.nullNode());
        }
        // The request's own timeout ends with the head of the answer (JDK-8208693); this one does not.
        return sent.copy().orTimeout(timeout.toMillis(), TimeUnit.MILLISECONDS).handle((response, failure) -> {
            if (failure != null) {
                sent.cancel(true);
                return JsonNodeFactory.instance.nullNode();
            }
            return JsonNodeFactory.instance
                    .objectNode()
                    .put("status", response.statusCode())
                    .put("body", Base64.getUrlEncoder().withoutPadding().encodeToString(response.body()));
        });
    }

    private static HttpRequest request(JsonNode ask, Duration timeout) {
        String body = ask.path("body").textValue();
        BodyPublisher publisher = body == null
                ? BodyPublishers.noBody()
                : BodyPublishers.ofByteArray(Base64.getUrlDecoder().decode(body));
        var request = HttpRequest.newBuilder(URI.create(ask.path("url").asText()))
                .timeout(timeout)
                .method(ask.path("method").asText(), publisher);
        ask.path("headers").properties().forEach(
                header -> request.header(header.getKey(), header.getValue().asText()));
        return request.build();
    }

    /** A body that fails when it becomes too long, instead of filling the memory. */
    private static final class Capped implements BodySubscriber<byte[]> {
        private final CompletableFuture<byte[]> body = new CompletableFuture<>();
        private final ByteArrayOutputStream received = new ByteArrayOutputStream();
        private Flow.Subscription subscription;

        @Override
        public CompletionStage<byte[]> getBody() {
            return body;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            this.subscription = subscription;
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(List<ByteBuffer> parts) {
            for (ByteBuffer part : parts) {
                if (received.size() + part.remaining() > LONGEST) {
                    subscription.cancel();
                    body.completeExceptionally(new IOException("too long"));
                    return;
                }
                byte[] bytes = new byte[part.remaining()];
                part.get(bytes);
                received.writeBytes(bytes);
            }
        }

        @Override
        public void onError(Throwable failure) {
            body.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            body.complete(received.toByteArray());
        }
    }
}
