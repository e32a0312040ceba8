// SPDX-License-Identifier: MIT

package weightport

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
)

// walk goes a path of expected.json: keys of dicts, indices of lists, names of attributes.
func walk(checkpoint *Checkpoint, path []any) (*Value, error) {
	node, err := checkpoint.Root()
	for _, step := range path {
		if err == nil {
			node, err = stepInto(node, step)
		}
	}
	return node, err
}

func stepInto(node *Value, step any) (*Value, error) {
	if node.Kind() == KindDict || node.Len() > 0 {
		if found := entry(node, step); found != nil {
			return found, nil
		}
	}
	if index, ok := step.(json.Number); ok {
		i, err := index.Int64()
		if err != nil {
			return nil, err
		}
		return node.Item(int(i))
	}
	attributes, err := node.Attributes()
	if err != nil {
		return nil, err
	}
	if found := entry(attributes, step); found != nil {
		return found, nil
	}
	// A class with __slots__ pickles a pair of dicts.
	for i := 0; attributes.Kind() == KindTuple && i < attributes.Len(); i++ {
		if part, err := attributes.Item(i); err == nil {
			if found := entry(part, step); found != nil {
				return found, nil
			}
		}
	}
	return nil, fmt.Errorf("no %v", step)
}

// entry is the value of a key, which an expectation may have changed a little: see plain.
func entry(dict *Value, step any) *Value {
	if name, ok := step.(string); ok {
		if found, err := dict.Find(name); err == nil {
			return found
		}
	} else if n, err := step.(json.Number).Int64(); err == nil {
		found, _ := dict.FindInt(n)
		return found
	}
	for i := 0; i < dict.Len(); i++ {
		key, err := dict.Key(i)
		if err != nil {
			return nil
		}
		text, _ := key.Text()
		number, _ := key.BigInt()
		if fmt.Sprint(step) == plain(text) || number != nil && fmt.Sprint(step) == number.String() {
			found, _ := dict.Item(i)
			return found
		}
	}
	return nil
}

// plain has U+FFFD in the place of half a character of Python's, as Go's JSON has.
func plain(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if i+3 <= len(text) && text[i] == 0xed && text[i+1] >= 0xa0 {
			out.WriteString("\ufffd")
			i += 2
			continue
		}
		out.WriteByte(text[i])
	}
	return out.String()
}

// form writes a value of a checkpoint's, or one of expected.json, so that 1, 1.0 and true differ.
func form(value any) string {
	switch x := value.(type) {
	case json.Number:
		if !strings.ContainsAny(x.String(), ".eE") {
			return x.String()
		}
		f, _ := x.Float64()
		return form(f)
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return form(strings.ToLower(strings.TrimPrefix(fmt.Sprint(x), "+")))
		}
		return "float " + strconv.FormatFloat(x, 'g', -1, 64)
	case complex128:
		return form([]any{real(x), imag(x)})
	case []byte:
		return form(base64.StdEncoding.EncodeToString(x))
	case string:
		return strconv.Quote(plain(x))
	case *big.Int, DType, Device:
		return form(fmt.Sprint(x))
	case []any:
		items := make([]string, len(x))
		for i, item := range x {
			items[i] = form(item)
		}
		return fmt.Sprint(items)
	}
	return fmt.Sprint(value)
}
