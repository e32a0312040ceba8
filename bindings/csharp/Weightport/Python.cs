// SPDX-License-Identifier: MIT
using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;

namespace Weightport
{
  /// <summary>What Python has and .NET has not, for <see cref="Value.From"/> and <see cref="Value.ToObject"/>. Any
  /// number of threads may read an object while none changes it.</summary>
  public static class Python
  {
    /// <summary>A tuple. Two of equal items are equal.</summary>
    public sealed class Tuple : IReadOnlyList<object?>, IEquatable<Tuple>
    {
      readonly object?[] items;
      readonly int hash;

      /// <summary>A copy of items, in order.</summary>
      public Tuple(params object?[] items)
      {
        if (items == null) throw new ArgumentNullException(nameof(items));
        this.items = (object?[])items.Clone();
        // Once: tuples that share tuples would be walked again and again.
        hash = this.items.Aggregate(items.Length, (sum, item) => unchecked(sum * 31 + (item == null ? 0 : item.GetHashCode())));
      }

      /// <summary>Number of items.</summary>
      public int Count => items.Length;

      /// <summary>An item.</summary>
      public object? this[int index] => items[index];

      /// <summary>The items, in order.</summary>
      public IEnumerator<object?> GetEnumerator() => ((IEnumerable<object?>)items).GetEnumerator();

      IEnumerator IEnumerable.GetEnumerator() => items.GetEnumerator();

      /// <summary>Whether the items are equal.</summary>
      public bool Equals(Tuple? other) =>
        ReferenceEquals(this, other) || !ReferenceEquals(other, null) && hash == other.hash && items.SequenceEqual(other.items);

      /// <inheritdoc/>
      public override bool Equals(object? other) => Equals(other as Tuple);

      /// <inheritdoc/>
      public override int GetHashCode() => hash;
    }

    /// <summary>A frozenset, which may be a key of a dict or a member of a set. Two of equal members are equal.</summary>
    public sealed class FrozenSet : IReadOnlyCollection<object?>, IEquatable<FrozenSet>
    {
      readonly HashSet<object?> members;
      readonly int hash;

      /// <summary>A copy of members, of which equal ones are one.</summary>
      public FrozenSet(params object?[] members)
      {
        this.members = new HashSet<object?>(members ?? throw new ArgumentNullException(nameof(members)));
        hash = this.members.Aggregate(Count, (all, member) => all ^ Shuffled(member == null ? 0 : member.GetHashCode()));
      }

      // As Python's: there is no order, and sets of numbers with equal sums are many.
      static int Shuffled(int hash) => unchecked((hash ^ 89869747 ^ hash << 16) * (int)3644798167);

      /// <summary>Number of members.</summary>
      public int Count => members.Count;

      /// <summary>Whether there is a member.</summary>
      public bool Contains(object? member) => members.Contains(member);

      /// <summary>The members, in any order.</summary>
      public IEnumerator<object?> GetEnumerator() => members.GetEnumerator();

      IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

      /// <summary>Whether the members are equal.</summary>
      public bool Equals(FrozenSet? other) =>
        ReferenceEquals(this, other) || !ReferenceEquals(other, null) && hash == other.hash && members.SetEquals(other.members);

      /// <inheritdoc/>
      public override bool Equals(object? other) => Equals(other as FrozenSet);

      /// <inheritdoc/>
      public override int GetHashCode() => hash;
    }

    /// <summary>A dict: entries in their order, under keys of any type, null among them. Int keys are longs; an int finds
    /// them.</summary>
    public class Dict : IReadOnlyDictionary<object?, object?>
    {
      static readonly object None = new object(); // Dictionary takes no null for a key

      readonly List<KeyValuePair<object?, object?>> entries = new List<KeyValuePair<object?, object?>>();
      readonly Dictionary<object, int> places = new Dictionary<object, int>();

      static object Place(object? key) => key == null ? None : key is int ? (long)(int)key : key;

      /// <summary>Number of entries.</summary>
      public int Count => entries.Count;

      /// <summary>The value of a key; setting replaces it, or adds an entry to the end. Errors: KeyNotFoundException.</summary>
      public object? this[object? key]
      {
        get
        {
          object? value;
          if (TryGetValue(key, out value)) return value;
          throw new KeyNotFoundException("no entry has the key " + (key ?? "None"));
        }
        set
        {
          int place;
          var entry = new KeyValuePair<object?, object?>(key, value);
          if (places.TryGetValue(Place(key), out place)) entries[place] = entry;
          else Add(key, value);
        }
      }

      /// <summary>Adds an entry to the end. Errors: ArgumentException (the key is there).</summary>
      public void Add(object? key, object? value)
      {
        places.Add(Place(key), entries.Count);
        entries.Add(new KeyValuePair<object?, object?>(key, value));
      }

      /// <summary>Takes an entry out; false if there is none. The order of the others stays.</summary>
      public bool Remove(object? key)
      {
        int place;
        if (!places.TryGetValue(Place(key), out place)) return false;
        places.Remove(Place(key));
        entries.RemoveAt(place);
        for (int i = place; i < entries.Count; i++) places[Place(entries[i].Key)] = i;
        return true;
      }

      /// <summary>The value of a key, if there is one.</summary>
      public bool TryGetValue(object? key, out object? value)
      {
        int place;
        bool found = places.TryGetValue(Place(key), out place);
        value = found ? entries[place].Value : null;
        return found;
      }

      /// <summary>Whether there is a key.</summary>
      public bool ContainsKey(object? key) => places.ContainsKey(Place(key));

      /// <summary>The keys, in order.</summary>
      public IEnumerable<object?> Keys => entries.Select(entry => entry.Key);

      /// <summary>The values, in order.</summary>
      public IEnumerable<object?> Values => entries.Select(entry => entry.Value);

      /// <summary>The entries, in order.</summary>
      public IEnumerator<KeyValuePair<object?, object?>> GetEnumerator() => entries.GetEnumerator();

      IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }

    /// <summary>A collections.OrderedDict.</summary>
    public sealed class OrderedDict : Dict { }

    /// <summary>A torch.Size. Two of equal sizes are equal.</summary>
    public sealed class Size : IReadOnlyList<long>, IEquatable<Size>
    {
      readonly long[] sizes;

      /// <summary>A copy of the sizes of the dimensions.</summary>
      public Size(params long[] sizes)
      {
        if (sizes == null) throw new ArgumentNullException(nameof(sizes));
        this.sizes = (long[])sizes.Clone();
      }

      /// <summary>Number of dimensions.</summary>
      public int Count => sizes.Length;

      /// <summary>The size of a dimension.</summary>
      public long this[int dimension] => sizes[dimension];

      /// <summary>The sizes, in order.</summary>
      public IEnumerator<long> GetEnumerator() => ((IEnumerable<long>)sizes).GetEnumerator();

      IEnumerator IEnumerable.GetEnumerator() => sizes.GetEnumerator();

      /// <summary>Whether the sizes are equal.</summary>
      public bool Equals(Size? other) => !ReferenceEquals(other, null) && sizes.SequenceEqual(other.sizes);

      /// <inheritdoc/>
      public override bool Equals(object? other) => Equals(other as Size);

      /// <inheritdoc/>
      public override int GetHashCode() => sizes.Aggregate(sizes.Length, (sum, size) => unchecked(sum * 31 + size.GetHashCode()));
    }

    /// <summary>A torch.device.</summary>
    public sealed class Device : IEquatable<Device>
    {
      /// <summary>"cpu", "cuda:0".</summary>
      public string Name { get; }

      /// <summary>The device of a name.</summary>
      public Device(string name) { Name = name ?? throw new ArgumentNullException(nameof(name)); }

      /// <summary>Whether the names are equal.</summary>
      public bool Equals(Device? other) => !ReferenceEquals(other, null) && Name == other.Name;

      /// <inheritdoc/>
      public override bool Equals(object? other) => Equals(other as Device);

      /// <inheritdoc/>
      public override int GetHashCode() => Name.GetHashCode();

      /// <inheritdoc/>
      public override string ToString() => Name;
    }

    /// <summary>An object of a class that Python calls with the arguments, or makes without a call if they are null. With neither
    /// arguments nor attributes it is the class or function itself.</summary>
    public sealed class Instance
    {
      /// <summary>"module.Class".</summary>
      public string ClassName { get; }

      /// <summary>Constructor arguments; null if there are none.</summary>
      public Tuple? Args { get; }

      /// <summary>A dict, or whatever its class pickled as its state; null if there are none.</summary>
      public object? Attributes { get; }

      /// <summary>An object of a class, its arguments and attributes.</summary>
      public Instance(string className, Tuple? args = null, object? attributes = null)
      {
        ClassName = className ?? throw new ArgumentNullException(nameof(className));
        Args = args;
        Attributes = attributes;
      }

      /// <inheritdoc/>
      public override string ToString() => ClassName;
    }
  }
}
