import json
import os
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

KLARITY_URL = os.environ['KLARITY_GRAPHQL_URL']
KLARITY_KEY = os.environ['KLARITY_API_KEY']


def graphql_query(query, variables):
    url = urlsplit(KLARITY_URL)
    connection = HTTPConnection(url.netloc)
    connection.request(
        'POST', url.path,
        body=json.dumps({'query': query, 'variables': variables}),
        headers={'x-api-key': KLARITY_KEY, 'content-type': 'application/json'})
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    if response.status != 200:
        raise HTTPException(text)
    else:
        return json.loads(text)


if __name__ == '__main__':
    query = '''
    query exampleQuery {
        accountsV2(limit: 100, page: 0) {
            accounts {
                name
            }
        }
    }
    '''
    print(json.dumps(graphql_query(query, None)))
