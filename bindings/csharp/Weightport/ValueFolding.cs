// SPDX-License-Identifier: MIT
using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.CompilerServices;
using Weightport.Internal;

namespace Weightport
{
  /// <content>What containers of .NET become.</content>
  public sealed partial class Value
  {
    /// <summary>Makes one tree of nested containers, from the inside out and without recursion: how deeply they are nested is not
    /// known before.</summary>
    sealed class Folding : IDisposable
    {
      // Holds whatever is made, so that all of it is one tree and what is shared in the objects is shared in it.
      readonly Value all = Make(NativePINVOKE.wp_value_create_list);
      readonly Stack<Container> open = new Stack<Container>();
      readonly Dictionary<object, IntPtr> done = new Dictionary<object, IntPtr>(new Identity());

      /// <summary>A node that is filled with what its items become.</summary>
      sealed class Container
      {
        internal readonly object Source;
        /// <summary>The node, once all items are put.</summary>
        internal readonly Func<IntPtr> Node;
        internal readonly IEnumerator Items;
        internal readonly Func<IntPtr, IntPtr> Put;
        internal bool Empty = true;

        internal Container(object source, Func<IntPtr> node, IEnumerable items, Func<IntPtr, IntPtr> put)
        {
          Source = source;
          Node = node;
          Items = items.GetEnumerator();
          Put = put;
        }

        internal Container(object source, IntPtr node, IEnumerable items, Func<IntPtr, IntPtr> put)
          : this(source, () => node, items, put) { }
      }

      sealed class Identity : IEqualityComparer<object>
      {
        bool IEqualityComparer<object>.Equals(object? one, object? other) => ReferenceEquals(one, other);
        int IEqualityComparer<object>.GetHashCode(object item) => RuntimeHelpers.GetHashCode(item);
      }

      internal static Value Of(object item)
      {
        using (var folding = new Folding()) return folding.Fold(folding.Open(item));
      }

      internal static Value Of(object?[] items, Maker maker)
      {
        using (var folding = new Folding()) return folding.Fold(folding.Sequence(items, maker));
      }

      internal static Value Of((object?, object?)[] entries, Maker maker)
      {
        using (var folding = new Folding()) return folding.Fold(folding.Dict(entries, entries, maker));
      }

      Value Fold(Container root)
      {
        open.Push(root);
        while (true)
        {
          Container container = open.Peek();
          if (container.Items.MoveNext())
          {
            container.Empty = false;
            Add(container, container.Items.Current);
            continue;
          }
          Close(open.Pop());
          IntPtr node = container.Node();
          // .NET has one Array.Empty<T>() for all who want an empty array.
          if (!container.Empty) done[container.Source] = node;
          // A copy, since more than the result was made.
          if (open.Count == 0) return new Value(all.tree, node).Clone();
          Failure.Check(open.Peek().Put(node));
        }
      }

      void Add(Container container, object? item)
      {
        IntPtr node;
        if (item == null || !IsContainer(item))
        {
          using (var made = new Argument(item)) Failure.Check(container.Put(made.Address));
        }
        else if (done.TryGetValue(item, out node))
        {
          Failure.Check(container.Put(node));
        }
        else
        {
          CheckDepth(open.Count + 1);
          open.Push(Open(item));
        }
      }

      public void Dispose()
      {
        foreach (Container container in open) Close(container);
        all.Dispose();
      }

      static void Close(Container container) => (container.Items as IDisposable)?.Dispose();

      /// <summary>The node, in this tree, of an address.</summary>
      IntPtr Keep(IntPtr address)
      {
        Failure.Check(NativePINVOKE.wp_value_append(all.node, address));
        return NativePINVOKE.wp_value_item(all.node, (UIntPtr)(all.Count - 1));
      }

      IntPtr Keep(Maker maker)
      {
        using (Value made = Make(maker)) return Keep(made.node);
      }

      Container Open(object item)
      {
        if (item is Python.Instance) return Instance((Python.Instance)item);
        if (item is Python.Tuple) return Tuple((Python.Tuple)item);
        if (item is Python.FrozenSet) return FrozenSet((Python.FrozenSet)item);
        if (Containers.IsDictionary(item))
        {
          Maker maker = NativePINVOKE.wp_value_create_dict;
          if (item is Python.OrderedDict) maker = NativePINVOKE.wp_value_create_ordered_dict;
          return Dict(item, Containers.Entries((IEnumerable)item), maker);
        }
        if (Containers.IsSet(item)) return Sequence((IEnumerable)item, NativePINVOKE.wp_value_create_set);
        var array = item as Array;
        if (array == null || array.Rank == 1) return Sequence((IEnumerable)item, NativePINVOKE.wp_value_create_list);
        throw new WeightportException(ErrorCode.Unsupported, "a value cannot be made of an array of " + array.Rank + " dimensions");
      }

      Container Sequence(IEnumerable items, Maker maker)
      {
        IntPtr node = Keep(maker);
        return new Container(items, node, items, item => NativePINVOKE.wp_value_append(node, item));
      }

      Container Dict(object source, IEnumerable<(object?, object?)> entries, Maker maker)
      {
        IntPtr node = Keep(maker), key = IntPtr.Zero;
        return new Container(source, node, entries.SelectMany(entry => new[] { entry.Item1, entry.Item2 }), item =>
        {
          if (key == IntPtr.Zero)
          {
            key = Keep(item);
            return IntPtr.Zero;
          }
          IntPtr error = NativePINVOKE.wp_value_set_key(node, key, item);
          key = IntPtr.Zero;
          return error;
        });
      }

      Container Tuple(Python.Tuple items)
      {
        IntPtr node = Keep(Nones(items.Count));
        int index = 0;
        return new Container(items, node, items, item => NativePINVOKE.wp_value_set_item(node, (UIntPtr)index++, item));
      }

      // A tuple is as long as it is made.
      static Maker Nones(int count) => (out IntPtr made) =>
      {
        using (Value none = From(null))
        {
          return NativePINVOKE.wp_value_create_tuple(out made, Enumerable.Repeat(none.node, count).ToArray(), (UIntPtr)count);
        }
      };

      // Nothing can be added to a frozenset: it is made when all members are there, and of copies of them.
      Container FrozenSet(Python.FrozenSet members)
      {
        var nodes = new List<IntPtr>();
        Maker maker = (out IntPtr made) =>
          NativePINVOKE.wp_value_create_frozenset(out made, nodes.ToArray(), (UIntPtr)nodes.Count);
        return new Container(members, () => Keep(maker), members, member =>
        {
          nodes.Add(Keep(member));
          return IntPtr.Zero;
        });
      }

      // The items of the arguments, and then the attributes, which may be any value once the object is made.
      Container Instance(Python.Instance item)
      {
        int index = 0, count = item.Args == null ? 0 : item.Args.Count;
        IntPtr node;
        using (Value? args = item.Args == null ? null : Make(Nones(count)), none = item.Attributes == null ? null : NewDict())
        using (Value made = NewObject(item.ClassName, args, none)) node = Keep(made.node);
        IEnumerable<object?> items = item.Args ?? Enumerable.Empty<object?>();
        return new Container(item, node, item.Attributes == null ? items : items.Concat(new[] { item.Attributes }), part =>
          index == count ? NativePINVOKE.wp_value_set_attributes(node, part)
            : NativePINVOKE.wp_value_set_item(NativePINVOKE.wp_value_args(node), (UIntPtr)index++, part));
      }
    }
  }
}
