package jobs

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"callbook/db"
	"callbook/files"
	"callbook/files/sheet"
	"callbook/load"
	"callbook/model"
)

// ImportInput is what a job of the kind IMPORT is asked to do.
type ImportInput struct {
	FileID  string              `json:"fileId"`
	Kind    model.ImportKind    `json:"kind"`
	Mapping *files.Mapping      `json:"mapping"` // of a table; nil where the headers tell
	Options model.ImportOptions `json:"options"`
}

// ImportPermissions are the permissions that imports take.
var ImportPermissions = []model.Permission{model.PermissionImport}

func importNeeds(*model.Job) ([]model.Permission, error) { return ImportPermissions, nil }

// Fingerprint returns what is the same for imports that are one: of the same bytes, read and written in the same way,
// by callers with the same rights.
func (in ImportInput) Fingerprint(file *model.StoredFile, a model.Actor) string {
	rights := slices.Sorted(slices.Values(a.Permissions))
	who := ""
	if a.OwnOnly { // what it writes is its own
		who = a.Name
	}
	text, err := json.Marshal([]any{file.SHA256, load.IsTable(file.Name, in.Mapping != nil), in.Kind, in.Mapping,
		in.Options, rights, who})
	if err != nil {
		panic(err) // it is texts
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// ImportSource returns how the file of an import is read. It returns BAD_USER_INPUT for a time zone or a delimiter that
// is none.
func ImportSource(kind model.ImportKind, mapping *files.Mapping, o model.ImportOptions, tenantID int64,
) (s load.SourceOptions, err error) {
	if err := db.CheckTimeZone(o.TimeZone); err != nil {
		return s, err
	}
	location, err := time.LoadLocation(o.TimeZone)
	if err != nil {
		return s, err
	}
	s = load.SourceOptions{Mapping: mapping,
		Files: files.Options{Kind: files.CallKind, Location: location, TenantID: tenantID}}
	if kind == model.ImportKindCallRecords {
		s.Files.Kind = files.RecordKind
	}
	if o.Sheet != nil {
		s.Sheet.Sheet = *o.Sheet
	}
	if o.Encoding != nil {
		s.Sheet.Encoding = sheet.Encoding(strings.ToUpper(*o.Encoding))
	}
	if o.Delimiter != nil {
		text := strings.ReplaceAll(*o.Delimiter, `\t`, "\t")
		delimiter, length := utf8.DecodeRuneInString(text)
		if length == 0 || length != len(text) {
			return s, model.BadInput("delimiter", `must be one character, such as ; or \t`)
		}
		s.Sheet.Delimiter = delimiter
	}
	return s, nil
}
