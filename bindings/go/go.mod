module github.com/weightport/weightport/bindings/go

go 1.19
