// SPDX-License-Identifier: MIT

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.weightport.Tensor;
import org.weightport.WeightportException;
import org.weightport.torch.Model;
import org.weightport.torch.Torch;

/**
 * Answers HTTP requests with what a TorchScript model predicts, and takes up a new file of it while it runs.
 *
 * <pre>
 * java -cp weightport.jar ServeModel.java 8080 model.ts
 * curl localhost:8080/predict -d '[0.5, 1, -1]'
 * mv newer.ts model.ts; curl -X POST localhost:8080/reload
 * </pre>
 */
public class ServeModel {
  private final Path path;
  /** Of the reference; and for reading, while the model runs. */
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private Model model;

  ServeModel(Path path) {
    this.path = path;
    reload();
  }

  /** Takes up what is in the file now. Requests go on with the old model meanwhile, and also where this throws. */
  void reload() {
    Model fresh = Model.load(path);
    fresh.eval(); // in which any number of threads may run it
    lock.writeLock().lock();
    Model old = model;
    model = fresh;
    lock.writeLock().unlock();
    if (old != null) old.close();
  }

  /** Runs the model on one row. Nothing is recorded for gradients, which would cost time and memory. */
  float[] predict(float[] row) throws Exception {
    lock.readLock().lock();
    try (Tensor x = Tensor.of(row, 1, row.length)) {
      return Torch.noGrad(() -> {
        try (Tensor y = model.forward(x)) {
          return y.toFloats();
        }
      });
    } finally {
      lock.readLock().unlock();
    }
  }

  private interface Page {
    String of(String question) throws Exception;
  }

  private static void answer(HttpExchange exchange, Page page) throws IOException {
    int status = 200;
    String text;
    try (exchange) {
      try {
        text = page.of(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
      } catch (NumberFormatException | WeightportException wrong) {
        status = 400;
        text = wrong.getMessage();
      } catch (Exception failure) {
        status = 500;
        text = failure.toString();
      }
      byte[] body = (text + "\n").getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private static float[] numbers(String text) {
    String[] parts = text.replaceAll("[\\[\\]\\s]", "").split(",");
    float[] numbers = new float[parts.length];
    for (int i = 0; i < parts.length; i++) numbers[i] = Float.parseFloat(parts[i]);
    return numbers;
  }

  public static void main(String[] arguments) throws IOException {
    ServeModel service = new ServeModel(Path.of(arguments[1]));
    HttpServer server = HttpServer.create(new InetSocketAddress("localhost", Integer.parseInt(arguments[0])), 0);
    server.createContext("/predict", e -> answer(e, question -> Arrays.toString(service.predict(numbers(question)))));
    server.createContext("/reload", e -> answer(e, question -> {
      service.reload();
      return "reloaded";
    }));
    server.setExecutor(Executors.newFixedThreadPool(8));
    server.start();
    System.out.println("http://localhost:" + server.getAddress().getPort() + "/");
  }
}
