package graph

import (
	"context"
	"net/url"

	"callbook/files"
	"callbook/files/template"
	"callbook/model"
)

func (query) CallImportTemplate(_ context.Context, locale model.Locale) (*model.File, error) {
	return importTemplate(files.CallKind, locale)
}

func (query) CallRecordImportTemplate(_ context.Context, locale model.Locale) (*model.File, error) {
	return importTemplate(files.RecordKind, locale)
}

// importTemplate returns where a template is. It takes no statement.
func importTemplate(kind files.Kind, locale model.Locale) (*model.File, error) {
	t, err := template.Of(kind, locale)
	if err != nil {
		return nil, err
	}
	query := url.Values{"locale": {string(locale)}}
	return &model.File{
		Name: t.Name, ContentType: template.ContentType, Bytes: len(t.Content), Sha256: &t.SHA256,
		URL: "/files/" + t.Name + "?" + query.Encode(),
	}, nil
}
