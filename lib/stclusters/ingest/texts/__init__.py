"""Texts that name places, read by plain functions of a text: no Spark here."""
