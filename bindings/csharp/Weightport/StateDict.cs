// SPDX-License-Identifier: MIT
using System;
using System.Collections;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics.CodeAnalysis;
using System.Linq;
using Weightport.Internal;

namespace Weightport
{
  /// <summary>
  /// An ordered map from name to tensor: what model.state_dict() gives. It outlives the checkpoint it came from. Any number of
  /// threads may read it while none edits it.
  /// </summary>
  /// <remarks>Each lookup gives a <see cref="Tensor"/> of its own, which whoever asked disposes of, or leaves to the
  /// collector.</remarks>
  public sealed class StateDict : IReadOnlyDictionary<string, Tensor>, IDisposable
  {
    readonly StateDictHandle handle;

    // Of every tensor that was looked up: the next lookup does not go to C. The cache is one user of each.
    readonly ConcurrentDictionary<string, TensorHandle> found =
      new ConcurrentDictionary<string, TensorHandle>(StringComparer.Ordinal);
    string[]? names;
    bool disposed;

    /// <summary>Takes a new reference of C's.</summary>
    internal StateDict(IntPtr address) { handle = new StateDictHandle(address); }

    /// <summary>An empty one.</summary>
    public StateDict() : this(Create()) { }

    static IntPtr Create()
    {
      IntPtr address;
      Failure.Check(NativePINVOKE.wp_state_dict_create(out address));
      return address;
    }

    internal StateDictHandle Handle => handle;

    /// <summary>Gives the state_dict up. Tensors that were looked up stay valid. A second call does nothing.</summary>
    public void Dispose()
    {
      lock (found)
      {
        disposed = true;
        Forget();
      }
      handle.Dispose();
    }

    /// <summary>Number of tensors.</summary>
    public int Count
    {
      get { using (var weights = new Borrow(handle)) return (int)NativePINVOKE.wp_state_dict_size(weights.Address); }
    }

    /// <summary>The names, in order.</summary>
    public IReadOnlyList<string> Names
    {
      get
      {
        using (var weights = new Borrow(handle))
        {
          if (names != null) return names;
          var all = new string[(int)NativePINVOKE.wp_state_dict_size(weights.Address)];
          for (int i = 0; i < all.Length; i++)
          {
            UIntPtr size;
            IntPtr name = NativePINVOKE.wp_state_dict_name_at(weights.Address, (UIntPtr)i, out size);
            all[i] = Utf8.Text(name, (long)size);
          }
          return names = all;
        }
      }
    }

    /// <summary>The tensor of a name. Errors: KeyNotFoundException.</summary>
    public Tensor this[string name]
    {
      get
      {
        Tensor? tensor;
        if (TryGetValue(name, out tensor)) return tensor;
        throw new KeyNotFoundException("no tensor has the name \"" + name + "\"");
      }
    }

    /// <summary>The tensor of a name, if there is one.</summary>
    public bool TryGetValue(string name, [MaybeNullWhen(false)] out Tensor tensor)
    {
      TensorHandle? known;
      if (found.TryGetValue(name, out known) && known.TryShare())
      {
        tensor = new Tensor(known);
        return true;
      }
      tensor = Find(name);
      return tensor != null;
    }

    unsafe Tensor? Find(string name)
    {
      byte[] utf8 = Utf8.Bytes(name);
      lock (found)
      {
        if (disposed) throw new ObjectDisposedException(nameof(StateDict));
        TensorHandle? known;
        // Another thread may have been here first.
        if (found.TryGetValue(name, out known) && known.TryShare()) return new Tensor(known);
        using (var weights = new Borrow(handle))
        fixed (byte* bytes = utf8)
        {
          IntPtr address = NativePINVOKE.wpb_state_dict_get(weights.Address, bytes, Utf8.Size(utf8));
          if (address == IntPtr.Zero) return null;
          known = new TensorHandle(address);
        }
        known.TryShare();
        found[name] = known;
        return new Tensor(known);
      }
    }

    /// <summary>Whether a tensor has the name.</summary>
    public unsafe bool ContainsKey(string name)
    {
      byte[] utf8 = Utf8.Bytes(name);
      using (var weights = new Borrow(handle))
      {
        return NativePINVOKE.wp_state_dict_find_sized(weights.Address, utf8, Utf8.Size(utf8)) != IntPtr.Zero;
      }
    }

    /// <summary>Names and tensors, in order.</summary>
    public IEnumerator<KeyValuePair<string, Tensor>> GetEnumerator()
    {
      foreach (string name in Names) yield return new KeyValuePair<string, Tensor>(name, this[name]);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    IEnumerable<string> IReadOnlyDictionary<string, Tensor>.Keys => Names;

    /// <summary>The tensors, in order.</summary>
    public IEnumerable<Tensor> Values => Names.Select(name => this[name]);

    /// <summary>Replaces the tensor of a name, or appends it.</summary>
    public void Set(string name, Tensor tensor)
    {
      if (tensor == null) throw new ArgumentNullException(nameof(tensor));
      byte[] utf8 = Utf8.Terminated(name);
      using (var added = new Borrow(tensor.Handle))
      {
        IntPtr address = added.Address;
        Edit(weights => NativePINVOKE.wp_state_dict_set(weights, utf8, address));
      }
    }

    /// <summary>Removes a name. Errors: <see cref="ErrorCode.NotFound"/>, <see cref="ErrorCode.InvalidArgument"/> (the name has a NUL
    /// inside: such a name can be read; <see cref="Value.Remove"/> takes it out of the dict of a checkpoint).</summary>
    public void Remove(string name)
    {
      byte[] utf8 = Utf8.Terminated(name);
      Edit(weights => NativePINVOKE.wp_state_dict_remove(weights, utf8));
    }

    /// <summary>Gives a tensor another name, in the same place. Errors: <see cref="ErrorCode.NotFound"/>,
    /// <see cref="ErrorCode.Mismatch"/> (`to` is taken), <see cref="ErrorCode.InvalidArgument"/> (a name has a NUL
    /// inside).</summary>
    public void Rename(string from, string to)
    {
      byte[] old = Utf8.Terminated(from), utf8 = Utf8.Terminated(to);
      Edit(weights => NativePINVOKE.wp_state_dict_rename(weights, old, utf8));
    }

    /// <summary>Puts `prefix` before every name.</summary>
    public void AddPrefix(string prefix)
    {
      byte[] utf8 = Utf8.Terminated(prefix);
      Edit(weights => NativePINVOKE.wp_state_dict_add_prefix(weights, utf8));
    }

    /// <summary>Takes `prefix` off every name that has it. Errors: <see cref="ErrorCode.Mismatch"/> (two names would become
    /// one).</summary>
    public void StripPrefix(string prefix)
    {
      byte[] utf8 = Utf8.Terminated(prefix);
      Edit(weights => NativePINVOKE.wp_state_dict_strip_prefix(weights, utf8));
    }

    /// <summary>The same as a collections.OrderedDict of tensors.</summary>
    public Value ToValue()
    {
      using (var weights = new Borrow(handle))
      {
        IntPtr address;
        Failure.Check(NativePINVOKE.wp_state_dict_to_value(out address, weights.Address));
        return Value.Own(address);
      }
    }

    void Edit(Func<IntPtr, IntPtr> function)
    {
      using (var weights = new Borrow(handle))
      {
        lock (found) Forget();
        Failure.Check(function(weights.Address));
      }
    }

    void Forget()
    {
      foreach (TensorHandle known in found.Values) known.Unshare();
      found.Clear();
      names = null;
    }
  }
}
