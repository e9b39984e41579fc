package dashboard

import (
	"flag"
	"net/http"
	"testing"

	"callbook/web/page"
	"callbook/web/page/pagetest"
)

var update = flag.Bool("update", false, "compress the files of assets and page anew")

func TestCompressedFiles(t *testing.T) { pagetest.CheckCompressed(t, *update, "assets", "page") }

func TestPage(t *testing.T) {
	mux := http.NewServeMux()
	Register(mux, []page.Link{{Path: "dashboard", Name: "Dashboard"}})
	pagetest.CheckPage(t, mux, "/dashboard", policy, 6)
}
