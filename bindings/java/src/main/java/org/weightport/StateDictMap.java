// SPDX-License-Identifier: MIT
package org.weightport;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Set;

/** A state_dict as a map that cannot be changed. */
final class StateDictMap extends AbstractMap<String, Tensor> {
  private final StateDict dict;

  StateDictMap(StateDict dict) {
    this.dict = dict;
  }

  @Override
  public Tensor get(Object name) {
    return name instanceof String ? dict.find((String) name) : null;
  }

  @Override
  public boolean containsKey(Object name) {
    return name instanceof String && dict.contains((String) name);
  }

  @Override
  public int size() {
    return dict.size();
  }

  @Override
  public Set<Entry<String, Tensor>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public int size() {
        return dict.size();
      }

      @Override
      public Iterator<Entry<String, Tensor>> iterator() {
        return new Walk(dict);
      }
    };
  }

  private static final class Walk implements Iterator<Entry<String, Tensor>> {
    private final StateDict dict;
    private int next;

    Walk(StateDict dict) {
      this.dict = dict;
    }

    @Override
    public boolean hasNext() {
      return next < dict.size();
    }

    @Override
    public Entry<String, Tensor> next() {
      if (!hasNext()) throw new NoSuchElementException();
      String name = dict.name(next++);
      return new SimpleImmutableEntry<>(name, dict.tensor(name));
    }
  }
}
