"""Stories: articles of one event in different words, by embedding and telling words; pure."""
