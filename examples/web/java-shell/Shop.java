import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** A shop on the JDK's own HTTP server. */
public final class Shop {
    private static final AtomicInteger VISITS = new AtomicInteger();

    public static void main(String[] arguments) throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(9000), 0);
        server.setExecutor(Executors.newFixedThreadPool(20));
        server.createContext("/", Shop::answer);
        server.start();
    }

    private static void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            String asked = exchange.getRequestMethod() + " " + exchange.getRequestURI().getPath();
            switch (asked) {
                case "GET /" -> {
                    VISITS.incrementAndGet();
                    send(exchange, 200, "welcome to the shop\n");
                }
                case "GET /pre-stop" -> {
                    System.out.println(VISITS.get() + " visits were counted");
                    send(exchange, 200, "done\n");
                }
                default -> send(exchange, 404, "not found\n");
            }
        }
    }

    private static void send(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length);
        exchange.getResponseBody().write(body);
    }
}
