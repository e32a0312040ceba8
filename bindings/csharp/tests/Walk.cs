// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;

namespace Weightport.Tests
{
  /// <summary>Paths and values of expected.json: see tests/data/README.md.</summary>
  static class Walk
  {
    /// <summary>Goes a path: keys of dicts, indices of lists, names of attributes.</summary>
    internal static Value To(Checkpoint checkpoint, IEnumerable<object?> path) => path.Aggregate(checkpoint.Root, Into);

    static Value Into(Value node, object? step)
    {
      Value? found = node.Kind == Kind.Dict || node.Count > 0 ? Entry(node, step) : null;
      if (found != null) return found;
      if (step is JsonNumber) return node[int.Parse(((JsonNumber)step).Text, CultureInfo.InvariantCulture)];
      Value attributes = node.Attributes ?? throw new KeyNotFoundException("no attributes for " + step);
      found = Entry(attributes, step);
      // A class with __slots__ pickles a pair of dicts.
      for (int i = 0; found == null && attributes.Kind == Kind.Tuple && i < attributes.Count; i++) found = Entry(attributes[i], step);
      return found ?? throw new KeyNotFoundException("no " + step);
    }

    static Value? Entry(Value dict, object? step)
    {
      var number = step as JsonNumber;
      long index;
      Value? found = step is string ? dict.Find((string)step)
        : number != null && long.TryParse(number.Text, out index) ? dict.Find(index) : null;
      if (found != null || dict.Kind != Kind.Dict) return found;
      // An int of any size, or a float that Python takes for the same key.
      foreach (KeyValuePair<Value, Value> entry in dict.Entries)
      {
        if (entry.Key.Kind == Kind.Int && entry.Key.AsBigInteger().ToString() == step!.ToString()) return entry.Value;
      }
      return null;
    }

    /// <summary>A value as a text in which 1, 1.0 and true differ.</summary>
    internal static string Form(Value value)
    {
      switch (value.Kind)
      {
        case Kind.None: return "null";
        case Kind.Bool: return Form(value.AsBool());
        case Kind.Int: return Form(value.AsBigInteger());
        case Kind.Float: return Form(value.AsDouble());
        case Kind.Complex: return "[" + Form(value.AsComplex().Real) + ", " + Form(value.AsComplex().Imaginary) + "]";
        case Kind.String: return Form(value.AsString());
        case Kind.Bytes: return Form(Convert.ToBase64String(value.AsBytes()));
        case Kind.DType: return Form(value.DTypeName);
        case Kind.Device: return Form(value.AsDevice());
        case Kind.List: case Kind.Tuple: case Kind.Set: case Kind.Size: return "[" + string.Join(", ", value.Select(Form)) + "]";
        default: return value.Kind.ToString();
      }
    }

    // What needs more than 64 bits is a string in expected.json.
    static string Form(BigInteger number) =>
      number < long.MinValue || number > long.MaxValue ? Form(number.ToString()) : number.ToString();

    // Mono takes "-0.0" for 0.
    static double Parse(string text)
    {
      double number = double.Parse(text, CultureInfo.InvariantCulture);
      return number == 0 && text[0] == '-' ? -0.0 : number;
    }

    internal static string Form(object? expected)
    {
      var number = expected as JsonNumber;
      if (number != null) return number.IsFloat ? Form(Parse(number.Text)) : number.Text;
      var items = expected as List<object?>;
      if (items != null) return "[" + string.Join(", ", items.Select(Form)) + "]";
      if (expected is double)
      {
        var real = (double)expected;
        if (double.IsNaN(real)) return "\"nan\"";
        if (double.IsInfinity(real)) return real > 0 ? "\"inf\"" : "\"-inf\"";
        return "float " + BitConverter.DoubleToInt64Bits(real).ToString("x");
      }
      if (expected is bool) return (bool)expected ? "true" : "false";
      return expected == null ? "null" : "\"" + expected + "\"";
    }
  }
}
