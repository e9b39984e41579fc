package web

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"callbook/files"
	"callbook/files/template"
	"callbook/graph/transport"
	"callbook/model"
)

// importTemplate serves the workbook to fill in with rows of a kind, in the language of the parameter locale: ZH or EN,
// in any case; EN is the default. It takes the permission IMPORT, and no statement. Errors are FORBIDDEN (403) and
// BAD_USER_INPUT (400).
func importTemplate(kind files.Kind) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if actor, _ := model.ActorFrom(r.Context()); !actor.May(model.PermissionImport) {
			transport.Refuse(w, r, http.StatusForbidden, model.Forbidden("",
				"the template takes the permission %s, which you lack", model.PermissionImport))
			return
		}
		locale := model.LocaleEn
		if text := r.URL.Query().Get("locale"); text != "" {
			locale = model.Locale(strings.ToUpper(text))
		}
		if !slices.Contains(model.AllLocale, locale) {
			transport.Refuse(w, r, http.StatusBadRequest, model.BadInput("locale", "must be ZH or EN, not %.40q", locale))
			return
		}
		t, err := template.Of(kind, locale)
		if err != nil {
			slog.ErrorContext(r.Context(), "a template could not be made", "error", err)
			transport.Refuse(w, r, http.StatusInternalServerError, &model.Error{
				Code: model.ErrorCodeInternal, Message: "the template could not be made",
			})
			return
		}
		header := w.Header()
		header.Set("Content-Type", template.ContentType)
		header.Set("Content-Disposition", fmt.Sprintf("attachment; filename=%q", t.Name))
		header.Set("ETag", `"`+t.SHA256+`"`)
		header.Set("Cache-Control", "private, no-cache")
		http.ServeContent(w, r, t.Name, time.Time{}, bytes.NewReader(t.Content))
	})
}
