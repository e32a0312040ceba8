// SPDX-License-Identifier: MIT
using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using Weightport.Internal;

namespace Weightport
{
  /// <content>A tree as objects of .NET.</content>
  public sealed partial class Value
  {
    /// <summary>
    /// The node and all below it as objects of .NET, of which <see cref="From"/> makes an equal tree. What is shared in the
    /// tree is shared in the result, and equal frozensets are one. Each Tensor in it is for the caller to dispose of or to
    /// leave to the collector; nothing else in it refers to C. Errors: <see cref="ErrorCode.Unsupported"/> (a node contains
    /// itself), <see cref="ErrorCode.Limit"/> (nested more than 1,000 levels deep, or too deeply for the stack of the thread).
    /// </summary>
    /// <remarks>
    /// <list type="table">
    /// <listheader><term><see cref="Kind"/></term><description>Object</description></listheader>
    /// <item><term>None</term><description>null</description></item>
    /// <item><term>Bool</term><description>bool</description></item>
    /// <item><term>Int</term><description>long; a BigInteger if it needs more than 64 bits</description></item>
    /// <item><term>Float</term><description>double</description></item>
    /// <item><term>Complex</term><description>Complex</description></item>
    /// <item><term>String</term><description>string</description></item>
    /// <item><term>Bytes</term><description>byte[]; also a bytearray, which comes back as bytes</description></item>
    /// <item><term>List</term><description>List&lt;object&gt;</description></item>
    /// <item><term>Tuple</term><description><see cref="Python.Tuple"/></description></item>
    /// <item><term>Set</term><description>HashSet&lt;object&gt;; <see cref="Python.FrozenSet"/> for a frozenset</description></item>
    /// <item><term>Dict</term><description><see cref="Python.OrderedDict"/>, and <see cref="Python.Dict"/> for every other
    /// class; a dict's attributes are left out</description></item>
    /// <item><term>Tensor</term><description><see cref="Weightport.Tensor"/>; its attributes are left out</description></item>
    /// <item><term>DType</term><description><see cref="Weightport.DType"/></description></item>
    /// <item><term>Device</term><description><see cref="Python.Device"/></description></item>
    /// <item><term>Size</term><description><see cref="Python.Size"/></description></item>
    /// <item><term>Object</term><description><see cref="Python.Instance"/>; the items of one whose class extends list or dict are
    /// left out</description></item>
    /// </list>
    /// </remarks>
    public object? ToObject()
    {
      using (new Borrow(tree)) return new Unfolding().Of(this);
    }

    sealed class Unfolding
    {
      readonly Dictionary<IntPtr, object?> done = new Dictionary<IntPtr, object?>();
      readonly HashSet<IntPtr> inside = new HashSet<IntPtr>();
      readonly Dictionary<Python.FrozenSet, Python.FrozenSet> frozen = new Dictionary<Python.FrozenSet, Python.FrozenSet>();

      internal object? Of(Value value)
      {
        object? result;
        if (done.TryGetValue(value.node, out result)) return result;
        if (!inside.Add(value.node)) throw new WeightportException(ErrorCode.Unsupported, "the value contains itself");
        CheckDepth(inside.Count - 1);
        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
          throw new WeightportException(ErrorCode.Limit, "values are nested too deeply for the stack of this thread");
        }
        result = Unfold(value);
        inside.Remove(value.node);
        done[value.node] = result;
        return result;
      }

      object? Unfold(Value value)
      {
        switch (value.Kind)
        {
          case Kind.None: return null;
          case Kind.Bool: return value.AsBool();
          case Kind.Int: return Integer(value);
          case Kind.Float: return value.AsDouble();
          case Kind.Complex: return value.AsComplex();
          case Kind.String: return value.AsString();
          case Kind.Bytes: return value.AsBytes();
          case Kind.Tensor: return value.AsTensor();
          case Kind.DType: return value.AsDType();
          case Kind.Device: return new Python.Device(value.AsDevice());
          case Kind.Size: return new Python.Size(value.Select(size => size.AsInt64()).ToArray());
          case Kind.List: return Items(value);
          case Kind.Tuple: return new Python.Tuple(Items(value).ToArray());
          case Kind.Set: return Set(value);
          case Kind.Dict: return Entries(value);
          default: return Instance(value);
        }
      }

      static object Integer(Value value)
      {
        bool large = NativePINVOKE.wp_value_get_int_text(value.node) != IntPtr.Zero;
        return large ? (object)value.AsBigInteger() : value.AsInt64();
      }

      // Loops and not queries: of them there is a frame for each level of nesting.
      List<object?> Items(Value value)
      {
        var items = new List<object?>();
        foreach (Value item in value) items.Add(Of(item));
        return items;
      }

      // Of equal frozensets there is one: to compare those of a file that nests them could take for ever.
      object Set(Value value)
      {
        List<object?> members = Items(value);
        if (value.ClassName != "builtins.frozenset") return new HashSet<object?>(members);
        Python.FrozenSet? same;
        var made = new Python.FrozenSet(members.ToArray());
        if (frozen.TryGetValue(made, out same)) return same;
        return frozen[made] = made;
      }

      Python.Dict Entries(Value value)
      {
        Python.Dict entries = value.ClassName == "collections.OrderedDict" ? new Python.OrderedDict() : new Python.Dict();
        foreach (KeyValuePair<Value, Value> entry in value.Entries) entries[Of(entry.Key)] = Of(entry.Value);
        return entries;
      }

      Python.Instance Instance(Value value)
      {
        Value? args = value.Args, attributes = value.Attributes;
        Python.Tuple? unfolded = args == null ? null : Of(args) as Python.Tuple;
        // With neither it would be the class.
        if (args == null && attributes == null && !value.IsClass) unfolded = new Python.Tuple();
        return new Python.Instance(value.ClassName, unfolded, attributes == null ? null : Of(attributes));
      }
    }
  }
}
