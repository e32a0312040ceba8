module github.com/weightport/weightport/docs/snippets

go 1.19

require github.com/weightport/weightport/bindings/go v0.1.0

replace github.com/weightport/weightport/bindings/go => ../../../bindings/go
