// SPDX-License-Identifier: MIT
// The part of xunit that the tests use, and a runner: xunit's own does not run on Mono as Debian has it.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Reflection;
using System.Threading;

namespace Xunit
{
  [AttributeUsage(AttributeTargets.Method)]
  public sealed class FactAttribute : Attribute { }

  [AttributeUsage(AttributeTargets.Assembly)]
  public sealed class CollectionBehaviorAttribute : Attribute
  {
    public bool DisableTestParallelization { get; set; }
  }

  public static class Assert
  {
    public static void True(bool condition, string message = "expected true, found false")
    {
      if (!condition) throw new Exception(message);
    }

    public static void False(bool condition, string message = "expected false, found true") => True(!condition, message);

    public static void Equal<T>(T expected, T found) => True(AreEqual(expected, found), "expected " + Text(expected) + ", found " + Text(found));

    public static void Equal<T>(IEnumerable<T> expected, IEnumerable<T> found) => Equal<object>(expected, found);

    static bool AreEqual(object expected, object found)
    {
      if (expected is string || !(expected is IEnumerable) || !(found is IEnumerable)) return Equals(expected, found);
      return ((IEnumerable)expected).Cast<object>().SequenceEqual(((IEnumerable)found).Cast<object>());
    }

    static string Text(object value) =>
      value is string || !(value is IEnumerable) ? value + "" : "[" + string.Join(", ", ((IEnumerable)value).Cast<object>()) + "]";

    public static void NotEqual<T>(T expected, T found) =>
      True(!EqualityComparer<T>.Default.Equals(expected, found), "found " + found);

    public static void Same(object expected, object found) => True(ReferenceEquals(expected, found), "expected " + expected + ", found " + found);
    public static void Null(object found) => True(found == null, "expected null, found " + found);
    public static void NotNull(object found) => True(found != null, "expected something, found null");
    public static void Empty<T>(IEnumerable<T> found) => True(!found.Any(), "expected nothing, found " + string.Join(", ", found));
    public static void Contains(string part, string text) => True(text.Contains(part), "expected " + part + " in " + text);

    public static T Single<T>(IEnumerable<T> found)
    {
      True(found.Count() == 1, "expected one, found " + string.Join(", ", found));
      return found.First();
    }

    public static T Throws<T>(Action action) where T : Exception
    {
      try
      {
        action();
      }
      catch (Exception exception)
      {
        True(exception.GetType() == typeof(T), "expected " + typeof(T) + ", found " + exception);
        return (T)exception;
      }
      throw new Exception("expected " + typeof(T) + ", found no exception");
    }

    public static T Throws<T>(Func<object> function) where T : Exception => Throws<T>(() => { function(); });

    public static T ThrowsAny<T>(Action action) where T : Exception
    {
      try
      {
        action();
      }
      catch (T exception)
      {
        return exception;
      }
      throw new Exception("expected " + typeof(T) + ", found no exception");
    }
  }

  static class Runner
  {
    static int Main(string[] names)
    {
      int passed = 0, failed = 0;
      foreach (Type type in Assembly.GetExecutingAssembly().GetTypes().OrderBy(type => type.Name))
      {
        foreach (MethodInfo method in type.GetMethods().Where(m => m.IsDefined(typeof(FactAttribute), false)))
        {
          string name = type.Name + "." + method.Name;
          if (names.Length > 0 && !names.Any(name.Contains)) continue;
          Exception failure = Run(type, method);
          if (failure == null) passed++;
          else failed++;
          Console.WriteLine((failure == null ? "passed " : "FAILED ") + name + (failure == null ? "" : "\n" + failure));
        }
      }
      Console.WriteLine(passed + " passed, " + failed + " failed");
      return failed == 0 && passed > 0 ? 0 : 1;
    }

    // On a thread of its own: Mono's collector takes whatever lies on a stack for a reference.
    static Exception Run(Type type, MethodInfo method)
    {
      Exception failure = null;
      object test = null;
      var thread = new Thread(() => failure = Caught(() =>
      {
        test = Activator.CreateInstance(type);
        ((Action)Delegate.CreateDelegate(typeof(Action), test, method))();
      }), 16 << 20);
      thread.Start();
      thread.Join();
      return failure ?? Caught(() => (test as IDisposable)?.Dispose());
    }

    static Exception Caught(Action action)
    {
      try
      {
        action();
        return null;
      }
      catch (Exception exception)
      {
        return exception;
      }
    }
  }
}
