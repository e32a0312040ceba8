// SPDX-License-Identifier: MIT

import java.nio.file.Path;
import org.weightport.Checkpoint;
import org.weightport.Code;
import org.weightport.SaveOptions;
import org.weightport.WeightportException;

/**
 * Saves a weight file in another format, by the other file's ending: .pt, .pth (torch zip) or .safetensors, say. Whatever
 * happens, the other file is the old or the new one.
 *
 * <pre>java -cp weightport.jar Convert.java ckpt.pt model.safetensors</pre>
 */
public class Convert {
  public static void main(String[] arguments) {
    if (arguments.length != 2) {
      System.err.println("usage: Convert FROM TO");
      System.exit(2);
    }
    SaveOptions options = new SaveOptions().progress((done, total) -> System.err.print("\r" + done + " of " + total + " bytes"));
    try {
      Checkpoint.convert(Path.of(arguments[0]), Path.of(arguments[1]), options);
      System.err.println();
    } catch (WeightportException failure) {
      System.err.println(failure.getMessage());
      if (failure.code() == Code.UNSUPPORTED) System.err.println("Only .pt and .pth files hold more than one state_dict.");
      System.exit(1);
    }
  }
}
