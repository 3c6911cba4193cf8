// The same as unpack.c: a Go program makes its system calls itself, without the C library.
package main

import (
	"fmt"
	"log"
	"os"
)

func main() {
	content := make([]byte, 600)
	for directory := 0; directory < 100; directory++ {
		name := fmt.Sprintf("d%d", directory)
		if err := os.Mkdir(name, 0o755); err != nil {
			log.Fatal(err)
		}
		for file := 0; file < 50; file++ {
			if err := os.WriteFile(fmt.Sprintf("%s/f%d.txt", name, file), content, 0o644); err != nil {
				log.Fatal(err)
			}
		}
	}
}
