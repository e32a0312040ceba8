// SPDX-License-Identifier: MIT
using System;
using Weightport.Internal;

namespace Weightport
{
  /// <content>
  /// Changing containers, by one thread at a time. What is put in is what <see cref="From"/> makes of it; a value of another tree
  /// is copied, and one of the same tree is then reached by both paths. Errors: <see cref="ErrorCode.Mismatch"/> for another kind
  /// of container.
  /// </content>
  public sealed partial class Value
  {
    /// <summary>Adds to the end of a list, or to a set that is no frozenset.</summary>
    public void Add(object? item) => With(item, NativePINVOKE.wp_value_append);

    /// <summary>Replaces the dict value of a string key, or adds an entry.</summary>
    public void Set(string key, object? item)
    {
      byte[] utf8 = Utf8.Bytes(key);
      With(item, (dict, value) => NativePINVOKE.wp_value_set(dict, utf8, Utf8.Size(utf8), value));
    }

    /// <summary>Replaces the dict value of an int key, or adds an entry.</summary>
    public void Set(long key, object? item) => With(item, (dict, value) => NativePINVOKE.wp_value_set_int(dict, key, value));

    /// <summary>Replaces the dict value of any key that Python can hash, or adds an entry; always adds one for a
    /// frozenset.</summary>
    public void SetKey(object? key, object? item)
    {
      using (var made = new Argument(key))
      {
        IntPtr address = made.Address;
        With(item, (dict, value) => NativePINVOKE.wp_value_set_key(dict, address, value));
      }
    }

    /// <summary>Replaces item `index` of a list or tuple, or the value of dict entry `index`.</summary>
    public void SetItem(int index, object? item)
    {
      if (index < 0) throw new ArgumentOutOfRangeException(nameof(index));
      With(item, (container, value) => NativePINVOKE.wp_value_set_item(container, (UIntPtr)index, value));
    }

    /// <summary>Takes a string key out of a dict. Errors: <see cref="ErrorCode.NotFound"/>.</summary>
    public void Remove(string key)
    {
      byte[] utf8 = Utf8.Bytes(key);
      Edit(dict => NativePINVOKE.wp_value_remove(dict, utf8, Utf8.Size(utf8)));
    }

    /// <summary>Takes item or entry `index` out of a list, dict, or set that is no frozenset.</summary>
    public void RemoveAt(int index)
    {
      if (index < 0) throw new ArgumentOutOfRangeException(nameof(index));
      Edit(container => NativePINVOKE.wp_value_remove_item(container, (UIntPtr)index));
    }

    /// <summary>Gives a dict entry another string key, in the same place. Errors: <see cref="ErrorCode.NotFound"/>,
    /// <see cref="ErrorCode.Mismatch"/> (`to` is taken), <see cref="ErrorCode.InvalidArgument"/> (a key has a NUL inside: take the
    /// entry out and add another).</summary>
    public void Rename(string from, string to)
    {
      byte[] old = Utf8.Terminated(from), utf8 = Utf8.Terminated(to);
      Edit(dict => NativePINVOKE.wp_value_rename(dict, old, utf8));
    }

    /// <summary>Sets the attributes of an object, tensor, or dict with a class of its own; null takes them away.</summary>
    public void SetAttributes(object? attributes)
    {
      if (attributes == null) Edit(value => NativePINVOKE.wp_value_set_attributes(value, IntPtr.Zero));
      else With(attributes, NativePINVOKE.wp_value_set_attributes);
    }

    void Edit(Func<IntPtr, IntPtr> function)
    {
      using (new Borrow(tree)) Failure.Check(function(node));
    }

    void With(object? item, Func<IntPtr, IntPtr, IntPtr> function)
    {
      using (new Borrow(tree))
      using (var made = new Argument(item))
      {
        Failure.Check(function(node, made.Address));
      }
    }

    /// <summary>A value that is given to C for one call: the caller's, or one that is made for it.</summary>
    internal readonly struct Argument : IDisposable
    {
      readonly Value value;
      readonly Borrow borrow;
      readonly bool made;

      internal Argument(object? item)
      {
        made = !(item is Value);
        value = item as Value ?? From(item);
        borrow = new Borrow(value.tree);
      }

      internal IntPtr Address => value.node;

      public void Dispose()
      {
        borrow.Dispose();
        if (made) value.Dispose();
      }
    }
  }
}
