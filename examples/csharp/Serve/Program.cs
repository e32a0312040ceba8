// SPDX-License-Identifier: MIT
using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using System.Threading;
using Weightport;

/// <summary>Answers HTTP requests with the predictions of a checkpoint that it loads at start:
///
///     Serve ckpt.pt model_state_dict &amp;
///     curl localhost:8080/weights
///     curl localhost:8080/predict -d '{"input": [0.5, 1, -1]}'
/// </summary>
static class Serve
{
  static int Main(string[] arguments)
  {
    if (arguments.Length == 0)
    {
      Console.Error.WriteLine("usage: Serve FILE [KEY [ADDRESS]]");
      return 2;
    }
    using (var network = new Network(arguments[0], arguments.Length > 1 ? arguments[1] : null))
    using (var listener = new HttpListener())
    {
      listener.Prefixes.Add(arguments.Length > 2 ? arguments[2] : "http://localhost:8080/");
      listener.Start();
      Console.WriteLine("listening on " + listener.Prefixes.First());
      Run(listener, network);
    }
    return 0;
  }

  /// <summary>Until the listener is stopped.</summary>
  internal static void Run(HttpListener listener, Network network)
  {
    while (listener.IsListening)
    {
      HttpListenerContext context;
      try
      {
        context = listener.GetContext();
      }
      catch (Exception exception) when (exception is HttpListenerException || exception is ObjectDisposedException)
      {
        return;
      }
      ThreadPool.QueueUserWorkItem(_ => Answer(context, network));
    }
  }

  static void Answer(HttpListenerContext context, Network network)
  {
    try
    {
      string body;
      using (var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8)) body = reader.ReadToEnd();
      switch (context.Request.Url!.AbsolutePath)
      {
        case "/weights": Send(context, 200, string.Join("\n", network.Weights) + "\n"); break;
        case "/predict": Send(context, 200, Predict(network, body)); break;
        default: Send(context, 404, "no such page\n"); break;
      }
    }
    catch (Exception exception)
    {
      Send(context, 400, exception.Message + "\n");
    }
  }

  static string Predict(Network network, string body)
  {
    using (Value question = Value.FromJson(body))
    {
      float[] output = network.Forward(question["input"].Select(number => (float)number.AsDouble()).ToArray());
      return "{\"output\": [" + string.Join(", ", output.Select(number => number.ToString("R", CultureInfo.InvariantCulture))) + "]}\n";
    }
  }

  static void Send(HttpListenerContext context, int status, string text)
  {
    try
    {
      context.Response.StatusCode = status;
      context.Response.ContentType = text[0] == '{' ? "application/json" : "text/plain; charset=utf-8";
      context.Response.Close(Encoding.UTF8.GetBytes(text), false);
    }
    catch (Exception exception) when (exception is HttpListenerException || exception is ObjectDisposedException)
    {
      // The client has gone, or the listener was stopped.
    }
  }
}
