package operation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"callbook/model"
	"callbook/text"
)

const (
	maxRegistered      = 5000     // texts that clients have registered by their hash
	maxRegisteredBytes = 16 << 20 // of all of them
	maxRegisteredText  = 64 << 10 // bytes of one
)

// find returns the text of the document that a request names: by the text itself, by the id of a persisted document, or
// by the hash of a text that some client has sent before (automatic persisted queries, as Apollo Client and urql send
// them). register is the hash under which the text is to be stored once it has proved valid, empty where it is not.
// Errors: PERSISTED_QUERY_NOT_FOUND, BAD_USER_INPUT.
func (d *documents) find(r *Request) (source, register string, refused *model.Error) {
	if r.IsOwn {
		return r.Query, "", nil
	}
	if r.DocumentID != "" {
		source, refused = d.byID(r)
		return source, "", refused
	}
	hash, refused := persistedHash(r.Extensions)
	if refused != nil {
		return "", "", refused
	}
	switch {
	case d.persisted != nil:
		source, refused = d.amongPersisted(r.Query, hash)
		return source, "", refused
	case hash == "":
		return r.Query, "", nil
	case r.Query == "":
		if known, ok := d.registered.get(hash); ok {
			return known, "", nil
		}
		return "", "", unknownDocument("PersistedQueryNotFound") // the words that clients look for
	case hash != hashOf(r.Query):
		return "", "", model.BadInput("extensions.persistedQuery.sha256Hash", "is not the SHA-256 of the query")
	case len(r.Query) <= maxRegisteredText:
		register = hash
	}
	return r.Query, register, nil
}

// byID returns the document with the request's documentId. The specification puts a prefix before hashes.
func (d *documents) byID(r *Request) (string, *model.Error) {
	if r.Query != "" {
		return "", model.BadInput("documentId", "comes with a query; send one of them")
	}
	id := strings.TrimPrefix(r.DocumentID, "sha256:")
	if stored, ok := d.persisted[id]; ok {
		return stored, nil
	}
	if stored, ok := d.registered.get(id); ok && d.persisted == nil {
		return stored, nil
	}
	return "", unknownDocument("there is no persisted document with the id %s", text.Quote(r.DocumentID))
}

// amongPersisted returns a document by its text or its hash, if it is one of the persisted documents.
func (d *documents) amongPersisted(source, hash string) (string, *model.Error) {
	if source != "" && hash == "" {
		hash = hashOf(source)
	}
	stored, ok := d.persisted[hash]
	if !ok || source != "" && source != stored {
		return "", unknownDocument("this server answers persisted documents alone, and this is none of them")
	}
	return stored, nil
}

func unknownDocument(format string, args ...any) *model.Error {
	return &model.Error{Code: model.ErrorCodePersistedQueryNotFound, Message: fmt.Sprintf(format, args...)}
}

// persistedHash returns the hash that extensions.persistedQuery names, empty where a request has none.
func persistedHash(extensions map[string]any) (string, *model.Error) {
	const field = "extensions.persistedQuery"
	named, ok := extensions["persistedQuery"]
	if !ok || named == nil {
		return "", nil
	}
	object, _ := named.(map[string]any)
	if version, _ := object["version"].(json.Number); version != "1" {
		return "", model.BadInput(field+".version", "must be 1")
	}
	hash, _ := object["sha256Hash"].(string)
	if len(hash) != sha256.Size*2 {
		return "", model.BadInput(field+".sha256Hash", "must be 64 hexadecimal digits")
	}
	return strings.Clone(strings.ToLower(hash)), nil // a cache keeps it, and it may be part of the request's body
}

func hashOf(source string) string {
	sum := sha256.Sum256([]byte(source))
	return hex.EncodeToString(sum[:])
}

// LoadDocuments reads the persisted documents of a folder, by id: files *.graphql, known by the SHA-256 of their text
// and by their name without the ending, and manifests *.json, in Relay's form ({id: text}) or Apollo's ({operations:
// [{id, body}]}).
func LoadDocuments(folder string) (map[string]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	all := map[string]string{}
	for _, entry := range entries {
		ending := filepath.Ext(entry.Name())
		if entry.IsDir() || ending != ".graphql" && ending != ".json" {
			continue
		}
		content, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return nil, err
		}
		if ending == ".graphql" {
			all[strings.TrimSuffix(entry.Name(), ending)] = string(content)
			all[hashOf(string(content))] = string(content)
		} else if err := addManifest(all, content); err != nil {
			return nil, fmt.Errorf("%s: %w", entry.Name(), err)
		}
	}
	return all, nil
}

func addManifest(all map[string]string, manifest []byte) error {
	var apollo struct {
		Operations []struct{ ID, Body string }
	}
	if json.Unmarshal(manifest, &apollo) == nil && apollo.Operations != nil {
		for _, o := range apollo.Operations {
			all[o.ID], all[hashOf(o.Body)] = o.Body, o.Body
		}
		return nil
	}
	var relay map[string]string
	if json.Unmarshal(manifest, &relay) != nil {
		return errors.New("is no manifest of persisted documents: neither {id: text} nor {operations: [{id, body}]}")
	}
	for id, source := range relay {
		all[id], all[hashOf(source)] = source, source
	}
	return nil
}

// checkPersisted parses and validates the persisted documents. It returns an error that names one that does not fit the
// schema.
func (d *documents) checkPersisted() error {
	d.checked = make(map[string]*preparedDocument, len(d.persisted))
	for id, source := range d.persisted {
		document, errs := d.load(context.Background(), source)
		if errs != nil {
			return fmt.Errorf("the document %s: %w", id, errs)
		}
		d.checked[source] = document
	}
	return nil
}
