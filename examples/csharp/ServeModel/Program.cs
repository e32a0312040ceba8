// SPDX-License-Identifier: MIT
using System;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using System.Threading;
using Weightport;

/// <summary>Answers HTTP requests with what a TorchScript model predicts, and takes up a new file of it while it runs:
///
///     ServeModel model.ts &amp;
///     curl localhost:8080/predict -d '[0.5, 1, -1]'
///     mv newer.ts model.ts; curl -d '' localhost:8080/reload
/// </summary>
static class ServeModel
{
  static int Main(string[] arguments)
  {
    if (arguments.Length == 0)
    {
      Console.Error.WriteLine("usage: ServeModel FILE [ADDRESS]");
      return 2;
    }
    using (var predictor = new Predictor(arguments[0]))
    using (var listener = new HttpListener())
    {
      listener.Prefixes.Add(arguments.Length > 1 ? arguments[1] : "http://localhost:8080/");
      listener.Start();
      Console.WriteLine("listening on " + listener.Prefixes.First());
      Run(listener, predictor);
    }
    return 0;
  }

  /// <summary>Until the listener is stopped.</summary>
  internal static void Run(HttpListener listener, Predictor predictor)
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
      ThreadPool.QueueUserWorkItem(_ => Answer(context, predictor));
    }
  }

  static void Answer(HttpListenerContext context, Predictor predictor)
  {
    int status = 200;
    string text;
    try
    {
      string body;
      using (var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8)) body = reader.ReadToEnd();
      text = Page(context.Request.Url!.AbsolutePath, body, predictor);
    }
    catch (Exception exception)
    {
      // What nobody catches on this thread ends the program: also a client that goes away while it sends.
      status = 400;
      text = exception.Message;
    }
    try
    {
      context.Response.StatusCode = status;
      context.Response.Close(Encoding.UTF8.GetBytes(text + "\n"), false);
    }
    catch (Exception exception) when (exception is HttpListenerException || exception is ObjectDisposedException)
    {
      // The client has gone, or the listener was stopped.
    }
  }

  static string Page(string path, string body, Predictor predictor)
  {
    if (path == "/reload")
    {
      predictor.Reload();
      return "reloaded";
    }
    using (Value row = Value.FromJson(body))
    {
      float[] output = predictor.Predict(row.Select(number => (float)number.AsDouble()).ToArray());
      return "[" + string.Join(", ", output.Select(number => number.ToString("R", CultureInfo.InvariantCulture))) + "]";
    }
  }
}
