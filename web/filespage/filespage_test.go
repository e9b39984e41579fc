package filespage

import (
	"flag"
	"net/http"
	"testing"

	"callbook/web/page"
	"callbook/web/page/pagetest"
)

var update = flag.Bool("update", false, "compress the files of page anew")

func TestCompressedFiles(t *testing.T) { pagetest.CheckCompressed(t, *update, "page") }

func TestPage(t *testing.T) {
	mux := http.NewServeMux()
	Register(mux, []page.Link{{Path: "files", Name: "Files"}})
	pagetest.CheckPage(t, mux, "/files", policy, 4)
}
