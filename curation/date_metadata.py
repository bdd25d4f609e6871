"""Names under which pages state their dates: meta `name` and `property`, and `itemprop` of microdata, lower-cased.

Those of the copyright year, of the request and of the rendering are left out: they follow the calendar, not the text.
"""

# When the text was published or created.
PUBLISHED_NAMES = frozenset(
    {
        "article:post_date",
        "article:publicationdate",
        "article:published",
        "article:published_date",
        "article:published_time",
        "citation_date",
        "citation_online_date",
        "citation_publication_date",
        "date",
        "date_created",
        "date_published",
        "datecreated",
        "dateposted",
        "datepublished",
        "dc.created",
        "dc.date",
        "dc.date.created",
        "dc.date.issued",
        "dc.date.publication",
        "dc:created",
        "dc:date",
        "dcterms.created",
        "dcterms.date",
        "dcterms.issued",
        "og:article:published",
        "og:article:published_time",
        "og:datepublished",
        "og:pubdate",
        "og:publish_date",
        "og:published_time",
        "originalpublicationdate",
        "parsely-pub-date",
        "pubdate",
        "publication-date",
        "publication_date",
        "publish-date",
        "publish_date",
        "publish_time",
        "publishdate",
        "published-date",
        "published_date",
        "published_time",
        "publisheddate",
        "rnews:datepublished",
        "sailthru.date",
    }
)

# When anything on the page was changed last.
MODIFIED_NAMES = frozenset(
    {
        "article:modified",
        "article:modified_date",
        "article:modified_time",
        "datemodified",
        "dc.date.modified",
        "dc.modified",
        "dcterms.modified",
        "last-modified",
        "lastmod",
        "lastmodified",
        "modificationdate",
        "modified",
        "modified_time",
        "og:article:modified_time",
        "og:modified_time",
        "og:updated_time",
        "revision_date",
        "updated_time",
    }
)
