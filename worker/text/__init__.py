"""Pure helpers on text: charset, dates, URLs, paragraphs, sentences, tags, sniffing."""
