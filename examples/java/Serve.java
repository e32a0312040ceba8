// SPDX-License-Identifier: MIT

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import org.weightport.Checkpoint;
import org.weightport.StateDict;
import org.weightport.Tensor;

/**
 * Answers HTTP requests with the predictions of a checkpoint that it loads at start: a torch.nn.Sequential of Linear layers
 * with a ReLU between them.
 *
 * <pre>
 * java -cp weightport.jar Serve.java 8080 ckpt.pt model_state_dict
 * curl localhost:8080/predict -d '[0.5, 1, -1]'
 * </pre>
 */
public class Serve {
  /** y = W x + b over the file's own memory, which the buffers keep. */
  private static final class Layer {
    final FloatBuffer weight;
    final FloatBuffer bias;
    final int inputs;

    Layer(StateDict weights, String name) {
      try (Tensor matrix = weights.tensor(name + ".weight"); Tensor vector = weights.tensor(name + ".bias")) {
        weight = matrix.floats();
        bias = vector.floats();
        inputs = (int) matrix.size(1);
      }
    }

    float[] forward(float[] x, boolean relu) {
      if (x.length != inputs) throw new IllegalArgumentException(x.length + " numbers, and the layer takes " + inputs);
      float[] y = new float[bias.capacity()];
      for (int row = 0; row < y.length; row++) {
        float sum = bias.get(row);
        for (int column = 0; column < inputs; column++) sum += weight.get(row * inputs + column) * x[column];
        y[row] = relu && sum < 0 ? 0 : sum;
      }
      return y;
    }
  }

  private final List<Layer> layers = new ArrayList<>();

  /** Takes the "*.weight" and "*.bias" pairs of a state_dict in their order. */
  Serve(Path path, String key) {
    try (Checkpoint checkpoint = Checkpoint.open(path); StateDict weights = checkpoint.stateDict(key)) {
      for (String name : weights.names()) {
        if (name.endsWith(".weight")) layers.add(new Layer(weights, name.substring(0, name.lastIndexOf('.'))));
      }
    }
  }

  /** May run on many threads at once. */
  float[] predict(float[] x) {
    for (Layer layer : layers) x = layer.forward(x, layer != layers.get(layers.size() - 1));
    return x;
  }

  private void answer(HttpExchange exchange) throws IOException {
    int status = 200;
    String text;
    try (exchange) {
      try {
        String[] numbers = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8).replaceAll("[\\[\\]\\s]", "").split(",");
        float[] x = new float[numbers.length];
        for (int i = 0; i < x.length; i++) x[i] = Float.parseFloat(numbers[i]);
        text = Arrays.toString(predict(x));
      } catch (IllegalArgumentException wrong) {
        status = 400;
        text = wrong.getMessage();
      }
      byte[] body = (text + "\n").getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  public static void main(String[] arguments) throws IOException {
    Serve model = new Serve(Path.of(arguments[1]), arguments.length > 2 ? arguments[2] : null);
    HttpServer server = HttpServer.create(new InetSocketAddress("localhost", Integer.parseInt(arguments[0])), 0);
    server.createContext("/predict", model::answer);
    server.setExecutor(Executors.newFixedThreadPool(8));
    server.start();
    System.out.println("http://localhost:" + server.getAddress().getPort() + "/predict");
  }
}
